/**
 * Every bound on what may cross the wire, each with its reason. A number here is part of the protocol: lowering one
 * cuts off what older nodes may send.
 */
export const limits = {
  /** A cluster's name, in UTF-8 bytes: it travels in topics and is typed by people. */
  clusterNameMaxBytes: 64,
  /** An event channel's name: `[a-z][a-z0-9_]*`, part of every transfer. */
  channelNameMaxBytes: 32,
  /**
   * A device, mailbox or other key, in UTF-8 bytes. Asterisk's own publishers cut names at 79 bytes; names that arrive over
   * SIP PUBLISH are not cut, so twice a generous DNS name is allowed.
   */
  keyMaxBytes: 512,
  /** An entry's value with its stamp: device states need 8 bytes, mailboxes 13; library channels may carry small JSON. */
  valueMaxBytes: 4096,
  /** A node's display name. */
  nodeNameMaxBytes: 64,
  /** One multiaddress as text; a DNS name of 253 bytes and its protocols fit. */
  addressMaxBytes: 300,
  /** Addresses of one node: several interfaces in both families. */
  addressesMax: 16,
  /** Links that a heartbeat tells of: the keeper closes those above 48 one by one, and whoever is not told of costs two copies more. */
  linksToldMax: 128,
  /** Event channels of one node, the two built-in ones included. */
  channelsMax: 16,
  /** Keys of one document: a roll-over rebuilds it in some 2 ms, a document of 100,000 keys in 140 ms. */
  keysPerDocumentMax: 4096,
  /** Documents of one entity over all channels: all its entries, and as many removed ones that await their roll-over. */
  documentsPerEntityMax: 128,
  /**
   * Values of one entity in one second that nobody keeps: what short-lived channels of a busy server say. More are dropped.
   */
  passingPerSecondMax: 500,
  /** Live entries of one entity over all channels; the design is made for 100,000 in a whole cluster. */
  entriesPerEntityMax: 131_072,
  /**
   * What the entries of all other entities take together, in bytes of memory as `replica/weight.ts` reckons them: some 1050 a lamp. The 100,000 entries and 200 nodes
   * that the design is made for take 112 MB, and one entity with all that it may have 138 MB. Below it those known for longest have their room, whoever
   * makes up others.
   */
  roomBytes: 268_435_456,
  /** One Yjs update in a transfer: parsing and applying a larger one stalls the loop for more than some 10 ms. */
  updateMaxBytes: 65_536,
  /** Items of one update: the costliest admitted update of 0.4 MB took 0.4 s, this keeps it to a tenth. */
  updateMaxStructs: 4096,
  /** Updates of one transfer: a full document of the longest keys and values. */
  updatesPerTransferMax: 512,
  /** Members of one cluster that are remembered at all; the design is made for 200. */
  membersMax: 1024,
  /** One gossiped message. Over gossipsub's own bound the stream to every neighbour would break silently. */
  messageMaxBytes: 262_144,
  /** Messages in one envelope of gossip: no node puts more than one into it. */
  messagesPerEnvelopeMax: 4,
  /** Streams that a peer may have open on one connection: 16 answers, gossip and introductions; each may hold its window of 1 MiB. */
  streamsPerConnectionMax: 64,
  /** One frame of the multiplexer: a stream's largest window. Announced for a stream that is not there, more would be kept until it is whole. */
  frameOfLinkMaxBytes: 1_048_576,
  /** One frame of a direct exchange: one update and its head, or a part of a version vector. */
  frameMaxBytes: 262_144,
  /**
   * Messages in one frame of an answer: a transfer has at least some 130 bytes, so a frame of 64 KB holds 500. A quarter of a million empty ones would
   * hold the loop for seconds.
   */
  messagesPerFrameMax: 4096,
  /** Stands in one frame of a version vector: some 45 bytes each, well inside a frame. */
  standsPerFrameMax: 2048,
  /**
   * Frames of an answer to a comparison: one document of each of 16 channels of 1024 members. More of them would be read, and remembered, for as long as somebody
   * likes to make them up. One more for the own documents.
   */
  framesPerVectorMax: 9,
  /** Frames of an answer to a greeting: one heartbeat, and what newer nodes may have to say with it. What needs no answer may have as much. */
  framesPerGreetingMax: 4,
  /**
   * Frames of an answer to a check: 1040 full ones hold `answerMaxBytes`, and of values so short that their number fills a frame 190 list all that a node may hold,
   * its own entries and 16 channels included.
   */
  framesPerCheckMax: 1280,
  /** Documents asked for in one pull. */
  wantsPerPullMax: 2048,
  /** All frames of one answer together: 100,000 entries are about 4 MB before they are deflated. */
  answerMaxBytes: 268_435_456,
  /** For how long a peer that broke the protocol is cut off, in ms: long enough to be seen, short enough to heal by itself. */
  cutOffMs: 600_000,
  /** Listed values in one frame of a check. */
  listedPerFrameMax: 2048,
  /** An incarnation: 2^48 ms lie in the year 10889, and the next life always fits above it. */
  incarnationMax: 281_474_976_710_656,
} as const

/** What one peer may ask of a node in time: so much at once, and so much a second from then on. Each with its reason. */
export const rates = {
  /**
   * Gossiped messages from one neighbour: a node takes some 10,000 a second with all its CPU, and a neighbour passes on what a whole cluster says. The
   * burst is what gathers while a busy process stands still for seconds.
   */
  messages: { burst: 40_000, perSecond: 5000 },
  /** Gossiped bytes from one neighbour: twice what a link of 100 Mbit/s carries, for as long as a storm lasts. */
  bytes: { burst: 134_217_728, perSecond: 25_000_000 },
  /** Questions of one peer: a node asks at each gap and each heartbeat, of all members at once when it comes. */
  questions: { burst: 500, perSecond: 100 },
  /**
   * So many bytes of a question count for one question more: a vector of 2048 stands is 140 KB and takes some 20 ms. All stands of 200 nodes are 40 KB, told once
   * to a newcomer.
   */
  bytesPerQuestion: 1024,
  /**
   * Words of who is here from one neighbour, each of which costs a signature check of some 0.1 ms: all heartbeats of a cluster are 100 a second, whatever
   * its size, but where all of a thousand start at one moment they all speak at one moment, too.
   */
  membership: { burst: 2048, perSecond: 200 },
  /**
   * Doubts of members from one neighbour, which nobody signs and which cost little: where the largest cluster falls apart, it doubts each of a thousand at once,
   * and passes on what others doubt.
   */
  accusations: { burst: 4096, perSecond: 200 },
  /**
   * Such words of others that a node passes on: all heartbeats of a cluster, one of each member at once, and less than its neighbours let it say, also when
   * what it said in two seconds reaches them in one.
   */
  passedOn: { burst: 1280, perSecond: 150 },
  /** Those of one origin: its heartbeats, and what it says when it is doubted, at most ten a second. */
  passedOnOfOne: { burst: 20, perSecond: 5 },
  /** Envelopes of gossip on the stream of one neighbour, counted before they are read: one a message, and two a second of housekeeping. */
  envelopes: { burst: 40_000, perSecond: 5500 },
  /**
   * An envelope that brings no message of a topic counts for so many, whether it can be read or not: that makes 110 a second, and a node says less than 10
   * of its subscriptions and its mesh. One takes 11 to 33 us: counted for one, they would take a sixth of a core for as long as a peer likes.
   */
  envelopesPerIdle: 50,
  /** Frames of the multiplexer from one peer: a message takes one or two, an exchange some six. */
  frames: { burst: 100_000, perSecond: 12_000 },
  /**
   * A frame that says nothing, a ping or data of no bytes, counts for so many: that makes 120 a second, and a node pings a silent connection twice a second at
   * the most. Each is answered, which takes 38 us, and the answers to somebody who does not read them stay here.
   */
  framesPerIdle: 100,
  /**
   * So many bytes of data count for one frame more: decrypting them takes some 27 us. That makes 49 MB a second, and 400 MB at once, more than the largest
   * answer.
   */
  bytesPerFrame: 4096,
  /** A stream that a peer opens costs 1 ms, as much as so many frames: that makes 120 a second, some more than questions. */
  framesPerStream: 100,
} as const

/**
 * Servers whose heartbeats are passed on even when a flood has used up the budget but for one word of each: those known for longest, as many as the design
 * is made for.
 */
export const passedOnFirst = 200

/** What is taken from one peer before the others have a turn, so that nobody waits behind a heap of small pieces. */
export const turns = {
  /** Envelopes of gossip: some 0.15 ms each at the most. */
  envelopes: 16,
  /** Frames: some 10 us each, and 30 us where each asks for an answer. */
  frames: 64,
  /** What a new stream counts for among them. */
  framesPerStream: 8,
} as const

/** Who may begin a handshake, by address, in attempts. A handshake costs some 10 ms of CPU with the right key, and 1 ms with none. */
export const arrivals = {
  /** So many at once: all nodes of a cluster may come at the same moment, and from behind one address. */
  burst: 300,
  /** So many a second from then on: 100 ms of CPU, as a handshake with all that follows from it takes 28 ms. */
  perSecond: 4,
  /** An attempt that leads nowhere counts for so many: a node with a wrong key tries once in some seconds and stays within. */
  failureCost: 5,
  /** Somebody who is cut off counts for so many: who comes again under other names gets no further than one in 50 s. */
  misconductCost: 200,
  /** Handshakes under way with one address: an honest one takes milliseconds, a silent one holds its place for two seconds. */
  pendingMax: 32,
  /** Addresses that are kept track of. */
  hostsMax: 1024,
} as const

/** What is read of multicast DNS. Anybody on the network can send it, key or none. */
export const multicast = {
  /** RFC 6762, section 17: no packet is larger, its headers included. */
  packetMaxBytes: 9000,
  /** Records of one packet: a node's own have 2 and its addresses, other programs' some dozens. */
  recordsMax: 128,
  /** Packets, each some 0.1 ms: 200 nodes that look for each other make some 100 a second. */
  packets: { burst: 1000, perSecond: 500 },
} as const
