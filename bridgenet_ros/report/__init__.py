"""The pieces of a report that is one HTML file: texts, charts, pictures; they know no recording."""
