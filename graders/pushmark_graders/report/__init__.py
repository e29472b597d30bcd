"""Report v1 and everything a person sees of it.

`model` holds the types, `schema` reads and writes the file, `verdict`, `standing` and `words` say it in words. What is
drawn is worked out once: `intervals` (a claim and its measurement), `trend`, `runs`, `lineage`, with the arithmetic of
`plotting`. Three renderers show it: `markdown` the comment (`sections`, `tables`, `figures`, `mermaid`), `terminal`
(`terminal_measures`, `printing`), and `html` a page (`html_measures`, `svg`, `markup`). `text` keeps learner-made text
inert in all of them.
"""
