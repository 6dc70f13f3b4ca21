// Styles that only one view needs: they come with it, and not before.

/** Comes back with what is loaded once its styles are there, too. Styles that cannot be had do not keep a view away. */
export async function styled<T>(loaded: Promise<T>, url: string): Promise<T> {
  if (!document.querySelector(`link[href="${CSS.escape(url)}"]`)) {
    const link = document.createElement("link");
    [link.rel, link.href] = ["stylesheet", url];
    const there = new Promise((done) => (link.onload = link.onerror = done));
    // Those of paper are the last: they win.
    document.head.insertBefore(link, document.querySelector("link[media=print]"));
    await there;
  }
  return loaded;
}
