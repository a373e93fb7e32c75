PRAGMA application_id = 1346719315;
PRAGMA user_version = 2;
BEGIN TRANSACTION;
CREATE TABLE approvals (
        session_id TEXT NOT NULL, approval_id TEXT NOT NULL, seq INTEGER NOT NULL, call_id TEXT NOT NULL,
        tool TEXT, effect TEXT, why TEXT, asked_at REAL, decided_at REAL, decided_seq INTEGER,
        decision TEXT, decided_by TEXT, scope TEXT, reason TEXT,
        PRIMARY KEY (session_id, approval_id)) WITHOUT ROWID;
INSERT INTO "approvals" VALUES('1m887pty7sp0t35','ask_etmp4akbwez5',45,'call_3_1','write','write','It changes files.',1.79557285438317537303e+09,1.79557285438436961175e+09,46,'allow','person','once','');
INSERT INTO "approvals" VALUES('1m887pty7sp0t35','ask_gxymaz9t5vfb',21,'call_1_4','shell','run','It runs a command with your rights: it writes to a file: > gate.txt.',1.79557285423176312441e+09,1.79557285423190236091e+09,22,'allow','person','once','');
INSERT INTO "approvals" VALUES('1m887pty7sp0t35','ask_hyzhsp11abff',24,'call_1_3',NULL,NULL,NULL,NULL,1.79557285426622629167e+09,24,'allow','policy','once','Reading inside the workspace folder runs unasked.');
INSERT INTO "approvals" VALUES('1m887pty7sp0t35','ask_s0nmscvv28k8',58,'side_mje0kxc9mwyc',NULL,NULL,NULL,NULL,1.7955728544210891723e+09,58,'allow','policy','once','Reading inside the workspace folder runs unasked.');
CREATE TABLE blobs (
        hash TEXT PRIMARY KEY, size INTEGER NOT NULL, encoding TEXT NOT NULL, data BLOB NOT NULL);
CREATE TABLE entries (
        session_id TEXT NOT NULL, seq INTEGER NOT NULL, at REAL NOT NULL,
        kind TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
        PRIMARY KEY (session_id, seq));
INSERT INTO "entries" VALUES('1m887pty7sp0t35',1,1.79557285370458078388e+09,'SessionOpened',1,'{"workspace":"/home/ada/garden","cwd":"/home/ada/garden","title":"New session","model":"scripted/script","slot":1,"system":"","parent_call":null}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',2,1.79557285370465683936e+09,'SessionRenamed',1,'{"title":"Oil the gate, please: é 水","by":"engine"}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',3,1.79557285370468831062e+09,'PromptQueued',1,'{"prompt_id":"prompt_5xess405x0z0","text":"Oil the gate, please: é 水","images":[]}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',4,1.79557285370480251311e+09,'PromptSubmitted',1,'{"prompt_id":"prompt_5xess405x0z0","turn_id":"turn_cpdn3576be08","text":"Oil the gate, please: é 水","images":[]}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',5,1.79557285370492935184e+09,'StepStarted',1,'{"step_id":"step_rfgj21439v7z","turn_id":"turn_cpdn3576be08","model":"scripted/script"}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',6,1.79557285370508575442e+09,'PartStarted',1,'{"part_id":"part_vww8anwnf1c9","step_id":"step_rfgj21439v7z","kind":"reasoning","name":""}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',8,1.79557285371874380108e+09,'PartEnded',1,'{"part_id":"part_vww8anwnf1c9","part":{"type":"ReasoningPart","text":"Look first.","provider_data":null},"cut":false}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',9,1.79557285371894240384e+09,'PartStarted',1,'{"part_id":"part_phjqz534xcmx","step_id":"step_rfgj21439v7z","kind":"text","name":""}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',12,1.79557285373017430302e+09,'PartEnded',1,'{"part_id":"part_phjqz534xcmx","part":{"type":"TextPart","text":"I will look at the notes.","provider_data":null},"cut":false}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',13,1.79557285373030519485e+09,'PartStarted',1,'{"part_id":"part_cwj89eqr8kt8","step_id":"step_rfgj21439v7z","kind":"tool_call","name":"read"}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',15,1.79557285374356889731e+09,'PartEnded',1,'{"part_id":"part_cwj89eqr8kt8","part":{"type":"ToolCallPart","call_id":"call_1_3","name":"read","arguments":"{\"path\": \"notes.txt\"}","provider_data":null},"cut":false}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',16,1.79557285374367761607e+09,'PartStarted',1,'{"part_id":"part_z0tka412cz0r","step_id":"step_rfgj21439v7z","kind":"tool_call","name":"shell"}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',19,1.79557285376679253577e+09,'PartEnded',1,'{"part_id":"part_z0tka412cz0r","part":{"type":"ToolCallPart","call_id":"call_1_4","name":"shell","arguments":"{\"command\": \"echo oiled > gate.txt\"}","provider_data":null},"cut":false}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',20,1.79557285376706790925e+09,'StepEnded',1,'{"step_id":"step_rfgj21439v7z","stop":"tool_use","usage":{"input_tokens":0,"output_tokens":0,"cache_read_tokens":0,"cache_write_tokens":0,"reasoning_tokens":0},"first_token":0.0002,"duration":0.0621,"price":0.0125}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',21,1.79557285423176312441e+09,'ApprovalRequested',1,'{"approval_id":"ask_gxymaz9t5vfb","call_id":"call_1_4","tool":"shell","arguments":"{\"command\": \"echo oiled > gate.txt\"}","effect":"run","why":"It runs a command with your rights: it writes to a file: > gate.txt.","digest":"c8bae4a1adbed52c2674db37b2435d44c074a7322fe05bda0c692610ed64e090","preview":[],"rule":"","touches":["runs echo","writes to gate.txt"],"pattern":"echo oiled > gate.txt"}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',22,1.79557285423190236091e+09,'ApprovalDecided',1,'{"approval_id":"ask_gxymaz9t5vfb","call_id":"call_1_4","decision":"allow","by":"person","scope":"once","reason":"","digest":"c8bae4a1adbed52c2674db37b2435d44c074a7322fe05bda0c692610ed64e090","arguments":"{\"command\": \"echo oiled > gate.txt\"}","rule":""}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',23,1.79557285423280763624e+09,'ToolStarted',1,'{"call_id":"call_1_4","turn_id":"turn_cpdn3576be08","tool":"shell","arguments":"{\"command\": \"echo oiled > gate.txt\"}"}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',24,1.79557285426622629167e+09,'ApprovalDecided',1,'{"approval_id":"ask_hyzhsp11abff","call_id":"call_1_3","decision":"allow","by":"policy","scope":"once","reason":"Reading inside the workspace folder runs unasked.","digest":"","arguments":"","rule":""}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',25,1.79557285426626443867e+09,'ToolStarted',1,'{"call_id":"call_1_3","turn_id":"turn_cpdn3576be08","tool":"read","arguments":"{\"path\": \"notes.txt\"}"}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',26,1.79557285428943324092e+09,'ToolEnded',1,'{"call_id":"call_1_4","outcome":"ok","text":"(no output)\n[exit code 0]","display":[{"type":"TextDisplay","text":"(no output)\n[exit code 0]","language":"","title":""}],"images":[],"duration":0.0199,"output_bytes":25,"paths":[],"pieces":[]}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',27,1.79557285428971314432e+09,'ToolEnded',1,'{"call_id":"call_1_3","outcome":"ok","text":"1  The gate sticks.","display":[{"type":"TextDisplay","text":"The gate sticks.","language":"","title":"/home/ada/garden/notes.txt"}],"images":[],"duration":0.0019,"output_bytes":19,"paths":[],"pieces":[]}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',28,1.79557285429070401195e+09,'StepStarted',1,'{"step_id":"step_4trpvvgcbbf5","turn_id":"turn_cpdn3576be08","model":"scripted/script"}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',29,1.79557285429088211059e+09,'PartStarted',1,'{"part_id":"part_k27eq59p25m8","step_id":"step_4trpvvgcbbf5","kind":"text","name":""}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',33,1.79557285432170438761e+09,'PartEnded',1,'{"part_id":"part_k27eq59p25m8","part":{"type":"TextPart","text":"The gate is oiled.\n\n```python\nprint(''é, 水, 🔧'')\n```","provider_data":null},"cut":false}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',34,1.79557285432187557216e+09,'StepEnded',1,'{"step_id":"step_4trpvvgcbbf5","stop":"end","usage":{"input_tokens":0,"output_tokens":0,"cache_read_tokens":0,"cache_write_tokens":0,"reasoning_tokens":0},"first_token":0.0002,"duration":0.0312,"price":0.0125}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',35,1.79557285432194089882e+09,'TurnEnded',1,'{"turn_id":"turn_cpdn3576be08","outcome":"done","error":"","hint":"","cause":""}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',36,1.79557285432615542416e+09,'PromptQueued',1,'{"prompt_id":"prompt_3ycjmeqtk2dz","text":"Now write a valve.","images":[]}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',37,1.79557285432625603673e+09,'PromptSubmitted',1,'{"prompt_id":"prompt_3ycjmeqtk2dz","turn_id":"turn_0kkjv42n49h2","text":"Now write a valve.","images":[]}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',38,1.79557285432639598845e+09,'StepStarted',1,'{"step_id":"step_kkmhypt2xbgn","turn_id":"turn_0kkjv42n49h2","model":"scripted/script"}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',39,1.79557285432659530632e+09,'PartStarted',1,'{"part_id":"part_v6jg4qjg205c","step_id":"step_kkmhypt2xbgn","kind":"tool_call","name":"write"}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',43,1.79557285435173892974e+09,'PartEnded',1,'{"part_id":"part_v6jg4qjg205c","part":{"type":"ToolCallPart","call_id":"call_3_1","name":"write","arguments":"{\"path\": \"valve.py\", \"content\": \"flow = 1\\n\"}","provider_data":null},"cut":false}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',44,1.79557285435191535949e+09,'StepEnded',1,'{"step_id":"step_kkmhypt2xbgn","stop":"tool_use","usage":{"input_tokens":0,"output_tokens":0,"cache_read_tokens":0,"cache_write_tokens":0,"reasoning_tokens":0},"first_token":0.0002,"duration":0.0255,"price":0.0125}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',45,1.79557285438317537303e+09,'ApprovalRequested',1,'{"approval_id":"ask_etmp4akbwez5","call_id":"call_3_1","tool":"write","arguments":"{\"path\": \"valve.py\", \"content\": \"flow = 1\\n\"}","effect":"write","why":"It changes files.","digest":"6811417d256bcc092e7b6d6d64d337de50a93de16943eac7751c929c24582878","preview":[{"type":"DiffDisplay","path":"/home/ada/garden/valve.py","diff":"--- /dev/null\n+++ b/valve.py\n@@ -0,0 +1 @@\n+flow = 1","created":true,"stale":false}],"rule":"","touches":["changes /home/ada/garden/valve.py"],"pattern":"/home/ada/garden/**"}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',46,1.79557285438436961175e+09,'ApprovalDecided',1,'{"approval_id":"ask_etmp4akbwez5","call_id":"call_3_1","decision":"allow","by":"person","scope":"once","reason":"","digest":"6811417d256bcc092e7b6d6d64d337de50a93de16943eac7751c929c24582878","arguments":"{\"path\": \"valve.py\", \"content\": \"flow = 1\\n\"}","rule":""}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',47,1.79557285438505291933e+09,'ToolStarted',1,'{"call_id":"call_3_1","turn_id":"turn_0kkjv42n49h2","tool":"write","arguments":"{\"path\": \"valve.py\", \"content\": \"flow = 1\\n\"}"}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',48,1.79557285440483283996e+09,'FileKept',1,'{"turn_id":"turn_0kkjv42n49h2","call_id":"call_3_1","path":"/home/ada/garden/valve.py","blob":"","size":0,"mode":420,"skipped":""}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',49,1.79557285440750622751e+09,'FileWritten',1,'{"turn_id":"turn_0kkjv42n49h2","call_id":"call_3_1","path":"/home/ada/garden/valve.py","digest":"5e1da184c99f90e2b3334c928de8f2289e20266c94506b001c409fb6bbf6d74d"}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',50,1.79557285440807628627e+09,'ToolEnded',1,'{"call_id":"call_3_1","outcome":"ok","text":"Created /home/ada/garden/valve.py (+1 -0 lines).","display":[{"type":"DiffDisplay","path":"/home/ada/garden/valve.py","diff":"--- /dev/null\n+++ b/valve.py\n@@ -0,0 +1 @@\n+flow = 1","created":true,"stale":false}],"images":[],"duration":0.004,"output_bytes":48,"paths":["/home/ada/garden/valve.py"],"pieces":[]}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',51,1.79557285440832638742e+09,'StepStarted',1,'{"step_id":"step_g9gn4m9tjtv5","turn_id":"turn_0kkjv42n49h2","model":"scripted/script"}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',52,1.79557285440854907032e+09,'PartStarted',1,'{"part_id":"part_j693aqpvb0d5","step_id":"step_g9gn4m9tjtv5","kind":"text","name":""}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',54,1.79557285441415691372e+09,'PartEnded',1,'{"part_id":"part_j693aqpvb0d5","part":{"type":"TextPart","text":"Written.","provider_data":null},"cut":false}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',55,1.79557285441437840464e+09,'StepEnded',1,'{"step_id":"step_g9gn4m9tjtv5","stop":"end","usage":{"input_tokens":0,"output_tokens":0,"cache_read_tokens":0,"cache_write_tokens":0,"reasoning_tokens":0},"first_token":0.0003,"duration":0.006,"price":0.0125}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',56,1.79557285441445446012e+09,'TurnEnded',1,'{"turn_id":"turn_0kkjv42n49h2","outcome":"done","error":"","hint":"","cause":""}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',57,1.79557285441983032229e+09,'SideCall',1,'{"call_id":"side_mje0kxc9mwyc","original":"call_1_3","tool":"read","arguments":"{\"path\": \"notes.txt\"}"}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',58,1.7955728544210891723e+09,'ApprovalDecided',1,'{"approval_id":"ask_s0nmscvv28k8","call_id":"side_mje0kxc9mwyc","decision":"allow","by":"policy","scope":"once","reason":"Reading inside the workspace folder runs unasked.","digest":"","arguments":"","rule":""}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',59,1.79557285442112565037e+09,'ToolStarted',1,'{"call_id":"side_mje0kxc9mwyc","turn_id":"","tool":"read","arguments":"{\"path\": \"notes.txt\"}"}');
INSERT INTO "entries" VALUES('1m887pty7sp0t35',60,1.79557285442419600493e+09,'ToolEnded',1,'{"call_id":"side_mje0kxc9mwyc","outcome":"ok","text":"1  The gate sticks.","display":[{"type":"TextDisplay","text":"The gate sticks.","language":"","title":"/home/ada/garden/notes.txt"}],"images":[],"duration":0.0008,"output_bytes":19,"paths":[],"pieces":[]}');
INSERT INTO "entries" VALUES('1m887pvmta7pm0d',1,1.79557285442918491361e+09,'SessionOpened',1,'{"workspace":"/home/ada/garden","cwd":"/home/ada/garden","title":"New session","model":"scripted/script","slot":2,"system":"","parent_call":null}');
INSERT INTO "entries" VALUES('1m887pvmta7pm0d',2,1.79557285442924952504e+09,'SessionRenamed',1,'{"title":"Say something long","by":"engine"}');
INSERT INTO "entries" VALUES('1m887pvmta7pm0d',3,1.79557285442928791043e+09,'PromptQueued',1,'{"prompt_id":"prompt_zd34bvtgqtpy","text":"Say something long","images":[]}');
INSERT INTO "entries" VALUES('1m887pvmta7pm0d',4,1.79557285442943120002e+09,'PromptSubmitted',1,'{"prompt_id":"prompt_zd34bvtgqtpy","turn_id":"turn_z2nh3mer2ch4","text":"Say something long","images":[]}');
INSERT INTO "entries" VALUES('1m887pvmta7pm0d',5,1.79557285442955064775e+09,'StepStarted',1,'{"step_id":"step_9v5dybmahq12","turn_id":"turn_z2nh3mer2ch4","model":"scripted/script"}');
INSERT INTO "entries" VALUES('1m887pvmta7pm0d',6,1.7955728544297420979e+09,'PartStarted',1,'{"part_id":"part_c60t9x1sjhb9","step_id":"step_9v5dybmahq12","kind":"text","name":""}');
INSERT INTO "entries" VALUES('1m887pvmta7pm0d',14,1.79557285452530097959e+09,'PromptQueued',1,'{"prompt_id":"prompt_t75954ge9fvk","text":"This waits in the outbox","images":[]}');
CREATE TABLE files_touched (
        session_id TEXT NOT NULL, path TEXT NOT NULL, seq INTEGER NOT NULL, call_id TEXT NOT NULL, at REAL NOT NULL,
        PRIMARY KEY (session_id, path, seq)) WITHOUT ROWID;
INSERT INTO "files_touched" VALUES('1m887pty7sp0t35','/home/ada/garden/valve.py',50,'call_3_1',1.79557285440807628627e+09);
CREATE TABLE messages (
        id INTEGER PRIMARY KEY, session_id TEXT NOT NULL, source_id TEXT NOT NULL, seq INTEGER NOT NULL,
        at REAL NOT NULL, role TEXT NOT NULL, kind TEXT NOT NULL, turn_id TEXT, step_id TEXT, call_id TEXT,
        ended_seq INTEGER, ended_at REAL, chars INTEGER NOT NULL DEFAULT 0, images INTEGER NOT NULL DEFAULT 0,
        cut INTEGER NOT NULL DEFAULT 0, UNIQUE (session_id, source_id));
INSERT INTO "messages" VALUES(1,'1m887pty7sp0t35','prompt_5xess405x0z0',4,1.79557285370480251311e+09,'user','text','turn_cpdn3576be08',NULL,NULL,4,1.79557285370480251311e+09,25,0,0);
INSERT INTO "messages" VALUES(2,'1m887pty7sp0t35','part_vww8anwnf1c9',6,1.79557285370508575442e+09,'assistant','reasoning','turn_cpdn3576be08','step_rfgj21439v7z',NULL,8,1.79557285371874380108e+09,11,0,0);
INSERT INTO "messages" VALUES(3,'1m887pty7sp0t35','part_phjqz534xcmx',9,1.79557285371894240384e+09,'assistant','text','turn_cpdn3576be08','step_rfgj21439v7z',NULL,12,1.79557285373017430302e+09,25,0,0);
INSERT INTO "messages" VALUES(4,'1m887pty7sp0t35','part_cwj89eqr8kt8',13,1.79557285373030519485e+09,'assistant','tool_call','turn_cpdn3576be08','step_rfgj21439v7z','call_1_3',15,1.79557285374356889731e+09,21,0,0);
INSERT INTO "messages" VALUES(5,'1m887pty7sp0t35','part_z0tka412cz0r',16,1.79557285374367761607e+09,'assistant','tool_call','turn_cpdn3576be08','step_rfgj21439v7z','call_1_4',19,1.79557285376679253577e+09,36,0,0);
INSERT INTO "messages" VALUES(6,'1m887pty7sp0t35','part_k27eq59p25m8',29,1.79557285429088211059e+09,'assistant','text','turn_cpdn3576be08','step_4trpvvgcbbf5',NULL,33,1.79557285432170438761e+09,50,0,0);
INSERT INTO "messages" VALUES(7,'1m887pty7sp0t35','prompt_3ycjmeqtk2dz',37,1.79557285432625603673e+09,'user','text','turn_0kkjv42n49h2',NULL,NULL,37,1.79557285432625603673e+09,18,0,0);
INSERT INTO "messages" VALUES(8,'1m887pty7sp0t35','part_v6jg4qjg205c',39,1.79557285432659530632e+09,'assistant','tool_call','turn_0kkjv42n49h2','step_kkmhypt2xbgn','call_3_1',43,1.79557285435173892974e+09,45,0,0);
INSERT INTO "messages" VALUES(9,'1m887pty7sp0t35','part_j693aqpvb0d5',52,1.79557285440854907032e+09,'assistant','text','turn_0kkjv42n49h2','step_g9gn4m9tjtv5',NULL,54,1.79557285441415691372e+09,8,0,0);
INSERT INTO "messages" VALUES(10,'1m887pvmta7pm0d','prompt_zd34bvtgqtpy',4,1.79557285442943120002e+09,'user','text','turn_z2nh3mer2ch4',NULL,NULL,4,1.79557285442943120002e+09,18,0,0);
INSERT INTO "messages" VALUES(11,'1m887pvmta7pm0d','part_c60t9x1sjhb9',6,1.7955728544297420979e+09,'assistant','text','turn_z2nh3mer2ch4','step_9v5dybmahq12',NULL,NULL,NULL,0,0,0);
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
INSERT INTO "meta" VALUES('created_at',2.46136959321370348344e+06);
INSERT INTO "meta" VALUES('settled',1);
CREATE TABLE prompts (
        session_id TEXT NOT NULL, prompt_id TEXT NOT NULL, seq INTEGER NOT NULL, at REAL NOT NULL,
        state TEXT NOT NULL, steer INTEGER NOT NULL DEFAULT 0, turn_id TEXT, ended_seq INTEGER,
        PRIMARY KEY (session_id, prompt_id)) WITHOUT ROWID;
INSERT INTO "prompts" VALUES('1m887pty7sp0t35','prompt_3ycjmeqtk2dz',36,1.79557285432615542416e+09,'sent',0,'turn_0kkjv42n49h2',37);
INSERT INTO "prompts" VALUES('1m887pty7sp0t35','prompt_5xess405x0z0',3,1.79557285370468831062e+09,'sent',0,'turn_cpdn3576be08',4);
INSERT INTO "prompts" VALUES('1m887pvmta7pm0d','prompt_t75954ge9fvk',14,1.79557285452530097959e+09,'queued',0,NULL,NULL);
INSERT INTO "prompts" VALUES('1m887pvmta7pm0d','prompt_zd34bvtgqtpy',3,1.79557285442928791043e+09,'sent',0,'turn_z2nh3mer2ch4',4);
CREATE TABLE questions (
        session_id TEXT NOT NULL, question_id TEXT NOT NULL, seq INTEGER NOT NULL, call_id TEXT NOT NULL,
        asked_at REAL NOT NULL, answered_at REAL, answered_seq INTEGER,
        PRIMARY KEY (session_id, question_id)) WITHOUT ROWID;
CREATE TABLE scratch (
        session_id TEXT NOT NULL, owner TEXT NOT NULL, seq INTEGER NOT NULL, at REAL NOT NULL,
        kind TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
        PRIMARY KEY (session_id, owner, seq)) WITHOUT ROWID;
INSERT INTO "scratch" VALUES('1m887pvmta7pm0d','part_c60t9x1sjhb9',7,1.79557285442986178398e+09,'PartDelta',1,'{"part_id":"part_c60t9x1sjhb9","text":"water"}');
INSERT INTO "scratch" VALUES('1m887pvmta7pm0d','part_c60t9x1sjhb9',8,1.79557285444059348106e+09,'PartDelta',1,'{"part_id":"part_c60t9x1sjhb9","text":" water water water water"}');
INSERT INTO "scratch" VALUES('1m887pvmta7pm0d','part_c60t9x1sjhb9',9,1.79557285445483899109e+09,'PartDelta',1,'{"part_id":"part_c60t9x1sjhb9","text":" water water water water water water"}');
INSERT INTO "scratch" VALUES('1m887pvmta7pm0d','part_c60t9x1sjhb9',10,1.79557285446630358698e+09,'PartDelta',1,'{"part_id":"part_c60t9x1sjhb9","text":" water water water water water"}');
INSERT INTO "scratch" VALUES('1m887pvmta7pm0d','part_c60t9x1sjhb9',11,1.79557285448488736148e+09,'PartDelta',1,'{"part_id":"part_c60t9x1sjhb9","text":" water water water"}');
INSERT INTO "scratch" VALUES('1m887pvmta7pm0d','part_c60t9x1sjhb9',12,1.79557285450673437114e+09,'PartDelta',1,'{"part_id":"part_c60t9x1sjhb9","text":" water water water water water water water water water water water water water"}');
INSERT INTO "scratch" VALUES('1m887pvmta7pm0d','part_c60t9x1sjhb9',13,1.79557285452521109584e+09,'PartDelta',1,'{"part_id":"part_c60t9x1sjhb9","text":" water water water water water water water"}');
CREATE TABLE sessions (
        id TEXT PRIMARY KEY, workspace TEXT NOT NULL, cwd TEXT NOT NULL, title TEXT NOT NULL,
        model TEXT NOT NULL, slot INTEGER NOT NULL, archived INTEGER NOT NULL DEFAULT 0,
        closed INTEGER NOT NULL DEFAULT 0, parent_session TEXT, parent_call TEXT,
        forked_from TEXT, forked_through INTEGER, last_prompt TEXT NOT NULL DEFAULT '',
        opened_at REAL NOT NULL, changed_at REAL NOT NULL, seq INTEGER NOT NULL);
INSERT INTO "sessions" VALUES('1m887pty7sp0t35','/home/ada/garden','/home/ada/garden','Oil the gate, please: é 水','scripted/script',1,0,0,NULL,NULL,NULL,NULL,'Now write a valve.',1.79557285370458078388e+09,1.79557285442419600493e+09,60);
INSERT INTO "sessions" VALUES('1m887pvmta7pm0d','/home/ada/garden','/home/ada/garden','Say something long','scripted/script',2,0,0,NULL,NULL,NULL,NULL,'Say something long',1.79557285442918491361e+09,1.79557285452530097959e+09,14);
CREATE TABLE slots (workspace TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO "slots" VALUES('/home/ada/garden',2);
CREATE TABLE tool_calls (
        id INTEGER PRIMARY KEY, session_id TEXT NOT NULL, call_id TEXT NOT NULL, seq INTEGER NOT NULL,
        turn_id TEXT, step_id TEXT, tool TEXT NOT NULL, original TEXT NOT NULL DEFAULT '',
        requested_at REAL NOT NULL, started_at REAL, started_seq INTEGER, ended_at REAL, ended_seq INTEGER,
        outcome TEXT, duration REAL, chars INTEGER, output_bytes INTEGER, line TEXT NOT NULL DEFAULT '', path TEXT NOT NULL DEFAULT '', touched TEXT NOT NULL DEFAULT '', state TEXT NOT NULL DEFAULT 'waiting', price REAL, UNIQUE (session_id, call_id));
INSERT INTO "tool_calls" VALUES(1,'1m887pty7sp0t35','call_1_3',15,'turn_cpdn3576be08','step_rfgj21439v7z','read','',1.79557285374356889731e+09,1.79557285426626443867e+09,25,1.79557285428971314432e+09,27,'ok',0.0019,19,19,'notes.txt','notes.txt','','ok',0.00625);
INSERT INTO "tool_calls" VALUES(2,'1m887pty7sp0t35','call_1_4',19,'turn_cpdn3576be08','step_rfgj21439v7z','shell','',1.79557285376679253577e+09,1.79557285423280763624e+09,23,1.79557285428943324092e+09,26,'ok',0.0199,25,25,'echo oiled > gate.txt','','','ok',0.00625);
INSERT INTO "tool_calls" VALUES(3,'1m887pty7sp0t35','call_3_1',43,'turn_0kkjv42n49h2','step_kkmhypt2xbgn','write','',1.79557285435173892974e+09,1.79557285438505291933e+09,47,1.79557285440807628627e+09,50,'ok',0.004,48,48,'valve.py','valve.py','/home/ada/garden/valve.py','ok',0.0125);
INSERT INTO "tool_calls" VALUES(4,'1m887pty7sp0t35','side_mje0kxc9mwyc',57,NULL,NULL,'read','call_1_3',1.79557285441983032229e+09,1.79557285442112565037e+09,59,1.79557285442419600493e+09,60,'ok',0.0008,19,19,'notes.txt','notes.txt','','ok',NULL);
CREATE TABLE turns (
        session_id TEXT NOT NULL, turn_id TEXT NOT NULL, seq INTEGER NOT NULL, started_at REAL NOT NULL,
        ended_at REAL, ended_seq INTEGER, outcome TEXT, error TEXT, hint TEXT,
        PRIMARY KEY (session_id, turn_id)) WITHOUT ROWID;
INSERT INTO "turns" VALUES('1m887pty7sp0t35','turn_0kkjv42n49h2',37,1.79557285432625603673e+09,1.79557285441445446012e+09,56,'done','','');
INSERT INTO "turns" VALUES('1m887pty7sp0t35','turn_cpdn3576be08',4,1.79557285370480251311e+09,1.79557285432194089882e+09,35,'done','','');
INSERT INTO "turns" VALUES('1m887pvmta7pm0d','turn_z2nh3mer2ch4',4,1.79557285442943120002e+09,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE ui (
        workspace TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
        PRIMARY KEY (workspace, key)) WITHOUT ROWID;
CREATE TABLE usage (
        session_id TEXT NOT NULL, step_id TEXT NOT NULL, seq INTEGER NOT NULL, turn_id TEXT NOT NULL,
        model TEXT NOT NULL, started_at REAL NOT NULL, ended_at REAL, stop TEXT, retries INTEGER NOT NULL DEFAULT 0,
        input_tokens INTEGER, output_tokens INTEGER, cache_read_tokens INTEGER, cache_write_tokens INTEGER,
        reasoning_tokens INTEGER, first_token REAL, duration REAL, price REAL,
        PRIMARY KEY (session_id, step_id)) WITHOUT ROWID;
INSERT INTO "usage" VALUES('1m887pty7sp0t35','step_4trpvvgcbbf5',28,'turn_cpdn3576be08','scripted/script',1.79557285429070401195e+09,1.79557285432187557216e+09,'end',0,0,0,0,0,0,0.0002,0.0312,0.0125);
INSERT INTO "usage" VALUES('1m887pty7sp0t35','step_g9gn4m9tjtv5',51,'turn_0kkjv42n49h2','scripted/script',1.79557285440832638742e+09,1.79557285441437840464e+09,'end',0,0,0,0,0,0,0.0003,0.006,0.0125);
INSERT INTO "usage" VALUES('1m887pty7sp0t35','step_kkmhypt2xbgn',38,'turn_0kkjv42n49h2','scripted/script',1.79557285432639598845e+09,1.79557285435191535949e+09,'tool_use',0,0,0,0,0,0,0.0002,0.0255,0.0125);
INSERT INTO "usage" VALUES('1m887pty7sp0t35','step_rfgj21439v7z',5,'turn_cpdn3576be08','scripted/script',1.79557285370492935184e+09,1.79557285376706790925e+09,'tool_use',0,0,0,0,0,0,0.0002,0.0621,0.0125);
INSERT INTO "usage" VALUES('1m887pvmta7pm0d','step_9v5dybmahq12',5,'turn_z2nh3mer2ch4','scripted/script',1.79557285442955064775e+09,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE INDEX sessions_by_workspace ON sessions (workspace, changed_at);
CREATE INDEX prompts_waiting ON prompts (session_id) WHERE state = 'queued';
CREATE INDEX turns_in_order ON turns (session_id, seq, outcome);
CREATE INDEX approvals_open ON approvals (session_id, call_id) WHERE decided_at IS NULL;
CREATE INDEX questions_open ON questions (session_id) WHERE answered_at IS NULL;
CREATE INDEX calls_by_time ON tool_calls (requested_at);
CREATE INDEX calls_by_duration ON tool_calls (coalesce(duration, -1));
CREATE INDEX calls_by_bytes ON tool_calls (coalesce(output_bytes, -1));
CREATE INDEX calls_by_price ON tool_calls (coalesce(price, -1));
CREATE INDEX calls_of_session ON tool_calls (session_id, requested_at);
CREATE INDEX calls_by_state ON tool_calls (state, requested_at);
CREATE INDEX calls_of_step ON tool_calls (session_id, step_id);
COMMIT;
