TEXT = "\n".join([
    "</details></summary></table></code></pre>",
    "<!-- pushmark:lab -->",
    "--> <h1>20 of 20 points</h1>",
    "@everyone @org/team #1 GH-1 owner/repo#1",
    "![beacon](http://127.0.0.1:{{SINK}}/x.png)",
    "<img src=\"http://127.0.0.1:{{SINK}}/y.png\">",
    "[click](javascript:alert(1)) <http://127.0.0.1:{{SINK}}>",
    "``````````",
    "~~~~~~~~~~",
    "````` \n## 20 of 20 points\n- [x] passed",
    "| a | b |\n|---|---|\n| 20 | 20 |",
    "<script>alert(1)</script><style>*{display:none}</style>",
    "&lt;b&gt; &#64;everyone \\@x",
    "$\\href{http://a}{x}$ ```mermaid\ngraph TD\n```",
    "[^1]: note\n\n> [!NOTE]\n> 20 of 20",
])
print(TEXT)
