"""What commands have left in run directories, read tolerantly, and put side by side."""
