"""The pages that learners see: their invite, and a lab that they accept."""
