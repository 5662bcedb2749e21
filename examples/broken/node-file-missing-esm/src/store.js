export const all = () => '[]';
