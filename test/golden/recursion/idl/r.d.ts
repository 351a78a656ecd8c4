/**
 * Types that contain themselves.
 * @package golden.recursion
 */
export interface Recursion {
  tree(tree: Tree): Promise<Tree>
  expression(of: Expression): Promise<Json>
  even(list: Even): Promise<Odd>
  nodes(nodes: Nodes): Promise<Nodes>
}

export interface Tree {
  label: string
  left?: Tree
  right: Tree | null
  children: Tree[]
  named: Map<string, Tree>
  parts: [Tree, string][]
}

export type Expression = { op: 'value'; value: number } | { op: 'add'; left: Expression; right: Expression }

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json }

export interface Even {
  next?: Odd
}

export interface Odd {
  next?: Even
}

/** An alias of a list is fine where an object lies between. */
export type Nodes = { name: string; nodes: Nodes }[]
