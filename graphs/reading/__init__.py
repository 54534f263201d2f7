"""What a model reads on the pages of a document, held against the pages word by word."""
