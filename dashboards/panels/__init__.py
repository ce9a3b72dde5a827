"""Facts into components: what a selector found becomes cards, charts and rows, with words in the reader's language."""
