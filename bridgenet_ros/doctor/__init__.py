"""What is wrong on this machine, with a camera's topics or with a recording, and what to do."""
