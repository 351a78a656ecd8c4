// What the Thrift compiler writes from bench.thrift for Node, callbacks only; see there.
import Int64 from 'node-int64'
import thrift from 'thrift'

const { Thrift } = thrift

/** @param {(input: any, ftype: number) => void} field */
function readStruct(input, field) {
  input.readStructBegin()
  while (true) {
    const { ftype, fid } = input.readFieldBegin()
    if (ftype === Thrift.Type.STOP) break
    if (!field(fid, ftype)) input.skip(ftype)
    input.readFieldEnd()
  }
  input.readStructEnd()
}

function readList(input, item) {
  const list = []
  const { size } = input.readListBegin()
  for (let i = 0; i < size; i++) list.push(item())
  input.readListEnd()
  return list
}

function writeField(output, name, type, id, write) {
  output.writeFieldBegin(name, type, id)
  write()
  output.writeFieldEnd()
}

class Item {
  constructor(args) {
    this.id = null
    this.name = null
    this.tags = null
    this.price = null
    this.createdAt = null
    if (args) Object.assign(this, args)
  }

  read(input) {
    readStruct(input, (fid, ftype) => {
      if (fid === 1 && ftype === Thrift.Type.I32) this.id = input.readI32()
      else if (fid === 2 && ftype === Thrift.Type.STRING) this.name = input.readString()
      else if (fid === 3 && ftype === Thrift.Type.LIST) this.tags = readList(input, () => input.readString())
      else if (fid === 4 && ftype === Thrift.Type.DOUBLE) this.price = input.readDouble()
      else if (fid === 5 && ftype === Thrift.Type.I64) this.createdAt = input.readI64()
      else return false
      return true
    })
  }

  write(output) {
    output.writeStructBegin('Item')
    writeField(output, 'id', Thrift.Type.I32, 1, () => output.writeI32(this.id))
    writeField(output, 'name', Thrift.Type.STRING, 2, () => output.writeString(this.name))
    writeField(output, 'tags', Thrift.Type.LIST, 3, () => {
      output.writeListBegin(Thrift.Type.STRING, this.tags.length)
      for (const tag of this.tags) output.writeString(tag)
      output.writeListEnd()
    })
    writeField(output, 'price', Thrift.Type.DOUBLE, 4, () => output.writeDouble(this.price))
    writeField(output, 'createdAt', Thrift.Type.I64, 5, () => output.writeI64(this.createdAt))
    output.writeFieldStop()
    output.writeStructEnd()
  }
}

class Page {
  constructor(args) {
    this.item = null
    this.items = null
    if (args) Object.assign(this, args)
  }

  read(input) {
    readStruct(input, (fid, ftype) => {
      if (fid === 1 && ftype === Thrift.Type.STRUCT) this.item = readNew(Item, input)
      else if (fid === 2 && ftype === Thrift.Type.LIST) this.items = readList(input, () => readNew(Item, input))
      else return false
      return true
    })
  }

  write(output) {
    output.writeStructBegin('Page')
    writeField(output, 'item', Thrift.Type.STRUCT, 1, () => this.item.write(output))
    writeField(output, 'items', Thrift.Type.LIST, 2, () => {
      output.writeListBegin(Thrift.Type.STRUCT, this.items.length)
      for (const item of this.items) item.write(output)
      output.writeListEnd()
    })
    output.writeFieldStop()
    output.writeStructEnd()
  }
}

class Payload {
  constructor(args) {
    this.bytes = null
    if (args) Object.assign(this, args)
  }

  read(input) {
    readStruct(input, (fid, ftype) => {
      if (fid !== 1 || ftype !== Thrift.Type.STRING) return false
      this.bytes = input.readBinary()
      return true
    })
  }

  write(output) {
    output.writeStructBegin('Payload')
    writeField(output, 'bytes', Thrift.Type.STRING, 1, () => output.writeBinary(this.bytes))
    output.writeFieldStop()
    output.writeStructEnd()
  }
}

function readNew(Type, input) {
  const value = new Type()
  value.read(input)
  return value
}

/** Arguments and results are structs of one field. */
function writeOnly(output, struct, name, id, value) {
  output.writeStructBegin(struct)
  writeField(output, name, Thrift.Type.STRUCT, id, () => value.write(output))
  output.writeFieldStop()
  output.writeStructEnd()
}

function readOnly(input, id, Type) {
  let value
  readStruct(input, (fid, ftype) => {
    if (fid !== id || ftype !== Thrift.Type.STRUCT) return false
    value = readNew(Type, input)
    return true
  })
  return value
}

const methods = {
  small: { argument: 'item', takes: Item, gives: Item },
  medium: { argument: 'item', takes: Item, gives: Page },
  echo: { argument: 'payload', takes: Payload, gives: Payload },
}

class BenchServiceClient {
  constructor(output, pClass) {
    this.output = output
    this.pClass = pClass
    this._seqid = 0
    this._reqs = {}
  }

  seqid() {
    return this._seqid
  }

  new_seqid() {
    this._seqid += 1
    return this._seqid
  }
}

class BenchServiceProcessor {
  constructor(handler) {
    this._handler = handler
  }

  process(input, output) {
    const { fname, rseqid } = input.readMessageBegin()
    this[`process_${fname}`](rseqid, input, output)
  }
}

for (const [name, { argument, takes, gives }] of Object.entries(methods)) {
  Object.assign(BenchServiceClient.prototype, {
    [name](value, callback) {
      this._seqid = this.new_seqid()
      this._reqs[this.seqid()] = callback
      const output = new this.pClass(this.output)
      output.writeMessageBegin(name, Thrift.MessageType.CALL, this.seqid())
      writeOnly(output, `BenchService_${name}_args`, argument, 1, value)
      output.writeMessageEnd()
      return this.output.flush()
    },

    [`recv_${name}`](input, mtype, rseqid) {
      const callback = this._reqs[rseqid]
      delete this._reqs[rseqid]
      if (mtype === Thrift.MessageType.EXCEPTION) {
        const error = new Thrift.TApplicationException()
        error.read(input)
        input.readMessageEnd()
        return callback(error)
      }
      const result = readOnly(input, 0, gives)
      input.readMessageEnd()
      return result ? callback(null, result) : callback(new Error(`${name} failed: unknown result`))
    },
  })
  Object.assign(BenchServiceProcessor.prototype, {
    [`process_${name}`](seqid, input, output) {
      const value = readOnly(input, 1, takes)
      input.readMessageEnd()
      this._handler[name](value, (error, result) => {
        if (error) throw error
        output.writeMessageBegin(name, Thrift.MessageType.REPLY, seqid)
        writeOnly(output, `BenchService_${name}_result`, 'success', 0, result)
        output.writeMessageEnd()
        output.flush()
      })
    },
  })
}

export const BenchService = { Client: BenchServiceClient, Processor: BenchServiceProcessor }
export { Int64, Item, Page, Payload }
