const cache = [];
setInterval(() => {
  for (let n = 0; n < 10_000; n++) cache.push(new Array(100).fill({ n }));
}, 0);
