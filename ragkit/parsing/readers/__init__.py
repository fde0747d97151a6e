"""What reads each kind of file."""
