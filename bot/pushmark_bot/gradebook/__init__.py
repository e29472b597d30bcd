"""The gradebook: grading anew what is stored, exports for other systems, and imports from them."""
