/** One participant in one product, or the hub of one, as a process of its own. */
import { serve } from '../../worker/serve.ts'
import { adapters } from './adapters.ts'
import type { ParticipantOperations } from './operations.ts'
import { Participant } from './participant.ts'

serve<ParticipantOperations>(new Participant(adapters).handlers)
