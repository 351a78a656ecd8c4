import 'reflect-metadata'
import type { Server } from 'node:net'
import { Controller, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ClientProxyFactory, MessagePattern, Transport } from '@nestjs/microservices'
import { firstValueFrom } from 'rxjs'
import { type Item, type Page, page, rebuilt } from '../messages.js'
import type { Peer } from './peer.js'

@Controller()
class BenchController {
  @MessagePattern('small')
  small(item: Item): Item {
    return rebuilt(item)
  }

  @MessagePattern('medium')
  medium(item: Item): Page {
    return page(item)
  }
}

@Module({ controllers: [BenchController] })
class BenchModule {}

export const nest: Peer = {
  packages: ['@nestjs/core', '@nestjs/microservices', 'rxjs'],
  setup: 'TCP transport, JSON',

  async serve() {
    const app = await NestFactory.createMicroservice(BenchModule, {
      transport: Transport.TCP,
      options: { host: '127.0.0.1', port: 0 },
      logger: false,
    })
    await app.listen()
    const { port } = app.unwrap<Server>().address() as { port: number }
    return port
  },

  async connect(port) {
    const client = ClientProxyFactory.create({ transport: Transport.TCP, options: { host: '127.0.0.1', port } })
    await client.connect()
    return {
      small: (item) => firstValueFrom(client.send<Item, Item>('small', item)),
      medium: (item) => firstValueFrom(client.send<Page, Item>('medium', item)),
      close: () => client.close(),
    }
  },
}
