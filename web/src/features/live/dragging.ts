/** What can be dropped on a tile. */
export const DRAGGED_CHANNEL = 'application/x-mingjian-channel';
export const DRAGGED_PLACE = 'application/x-mingjian-place';
