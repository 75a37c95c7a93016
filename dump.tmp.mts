import {createFileStore} from '/work/main/src/store/file-store.ts';
import {readJournal} from '/work/main/src/activities/journal.ts';
const s=await createFileStore({directory:'/tmp/e2e/store'});
const id=process.argv[2]!;
const r=await s.ledger.findRollout(id); console.log(r);
for(const t of await readJournal(s,id)){console.log('=== turn',t.row.turn,t.row.activity, t.row.repliedAt, t.row.observedAt);console.log(t.reply.text.slice(0,1500));console.log('---');console.log(t.observation?.text.slice(0,800));}
await s.close();
