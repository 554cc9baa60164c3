/** The single-page application's index: what LibreChat serves, with 200, on every path it does not know. */
export const PAGE = `<!doctype html>
<html lang="en-US">
  <head><base href="/" /><title>LibreChat</title></head>
  <body><div id="root"></div></body>
</html>
`;
