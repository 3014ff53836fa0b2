"""Pages: what every page that is written shares: templates, style sheet, words for numbers and names, charts."""
