const answer = await fetch(`${process.env.INVENTORY_URL}/items`);
console.log(await answer.json());
