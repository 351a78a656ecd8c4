/**
 * What code generated with `--codec protobufjs` imports besides `tsubo/codegen`: the functions of the same names, on
 * protobufjs's own Writer and Reader. Its exports only grow, too.
 */
export {
  readBoolean,
  readBytes,
  readDecimal,
  readDouble,
  readFixed32,
  readFloat,
  readInt32,
  readJson,
  readSfixed32,
  readSint32,
  readString,
  readUint32,
  writeBoolean,
  writeBytes,
  writeDecimal,
  writeDouble,
  writeFixed32,
  writeFloat,
  writeInt32,
  writeJson,
  writeSfixed32,
  writeSint32,
  writeString,
  writeUint32,
} from '../codec/protobufjs.js'
