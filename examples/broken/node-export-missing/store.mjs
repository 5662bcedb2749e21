export const list = () => '[]';
