import {startTemporalServer} from '/work/main/src/workers/temporal-server.ts';
import {openServices} from '/work/main/src/workers/open-services.ts';
import {startWorkers} from '/work/main/src/workers/run-workers.ts';
import {createLogger,installTemporalRuntime} from '/work/main/src/workers/logging.ts';
import {readEnvironment} from '/work/main/src/config/environment.ts';
import {loadConfiguration} from '/work/main/src/config/read-configuration.ts';
import {Connection,Client} from '@temporalio/client';
const home='/tmp/e2e';
const environment=readEnvironment({...process.env,SELFPLAY_HOME:home});
installTemporalRuntime(createLogger({level:'warn'}));
const t=Date.now(); const say=(...a:unknown[])=>console.log(((Date.now()-t)/1000).toFixed(1),...a);
const server=await startTemporalServer({binary:environment.temporalBinary,home,port:0,uiPort:0}); say('server',server.address);
const {services,inputs,close}=await openServices({environment});
const workers=await startWorkers({connection:server,services,inputs,environment,roles:['orchestrator','sandbox-host']}); say('workers');
const connection=await Connection.connect({address:server.address}); const client=new Client({connection});
const base=loadConfiguration('demo');
const cfg={...base,injectionGroups:Number(process.argv[2]??1),injectionGroupSize:Number(process.argv[3]??1),attempts:Number(process.argv[4]??2),seed:Number(process.argv[5]??7)};
const h=await client.workflow.start('selfPlayTraining',{taskQueue:'selfplay',workflowId:'run-'+Date.now(),args:[cfg]});
const timer=setInterval(()=>{h.query('trainingProgress').then(p=>say(JSON.stringify(p))).catch(e=>say(e.message))},5000);
try{ const r=await h.result(); say(JSON.stringify(r)); }catch(e){ say('FAILED',e, (e as any).cause) }
clearInterval(timer);
for (const e of (await services.store.ledger.listEpisodes({runId:h.workflowId})).toReversed()) { say(e.episodeId,e.subject,e.strategy,e.order,e.verdict,e.check,e.solveRate,e.outcome);
 const rw=await services.store.ledger.listRewards(e.episodeId); say('   ',rw.map(r=>r.role[0]+r.reward.toFixed(2)).join(' '));
 if(e.artifactId) for (const c of await services.store.ledger.listChecks(e.artifactId)) if (c.verdict==='failed') say('   ',c.check,c.detail);
 for (const a of await services.store.ledger.listAttempts(e.episodeId)) say('   ',a.outcome,a.reason.slice(0,140));
}
await workers.stop(); await close(); await connection.close(); await server.stop(); say('stopped'); process.exit(0);
