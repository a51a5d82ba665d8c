"""What an election is: the words, the boxes of a form, the tables of a package."""
