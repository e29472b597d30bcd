"""What earlier labs made and this one starts from. It is right, it is not yours to change, and marking puts it back."""
