PRAGMA application_id = 1346719315;
PRAGMA user_version = 3;
BEGIN TRANSACTION;
CREATE TABLE approvals (
        session_id TEXT NOT NULL, approval_id TEXT NOT NULL, seq INTEGER NOT NULL, call_id TEXT NOT NULL,
        tool TEXT, effect TEXT, why TEXT, asked_at REAL, decided_at REAL, decided_seq INTEGER,
        decision TEXT, decided_by TEXT, scope TEXT, reason TEXT,
        PRIMARY KEY (session_id, approval_id)) WITHOUT ROWID;
INSERT INTO "approvals" VALUES('1m887px6mra8zhe','ask_0qnc19t0eb9y',45,'call_3_1','write','write','It changes files.',1.79557285672960329058e+09,1.79557285673474192619e+09,46,'allow','person','once','');
INSERT INTO "approvals" VALUES('1m887px6mra8zhe','ask_4kb5zq9ej50d',21,'call_1_3',NULL,NULL,NULL,NULL,1.79557285659233260149e+09,21,'allow','policy','once','Reading inside the workspace folder runs unasked.');
INSERT INTO "approvals" VALUES('1m887px6mra8zhe','ask_99rmbtezwe11',23,'call_1_4','shell','run','It runs a command with your rights: it writes to a file: > gate.txt.',1.79557285659862756726e+09,1.79557285659878921504e+09,24,'allow','person','once','');
INSERT INTO "approvals" VALUES('1m887px6mra8zhe','ask_gb8h2ze870yn',58,'side_atzfrq3r0kbr',NULL,NULL,NULL,NULL,1.79557285678741121296e+09,58,'allow','policy','once','Reading inside the workspace folder runs unasked.');
CREATE TABLE blobs (
        hash TEXT PRIMARY KEY, size INTEGER NOT NULL, encoding TEXT NOT NULL, data BLOB NOT NULL);
CREATE TABLE entries (
        session_id TEXT NOT NULL, seq INTEGER NOT NULL, at REAL NOT NULL,
        kind TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
        PRIMARY KEY (session_id, seq));
INSERT INTO "entries" VALUES('1m887px6mra8zhe',1,1.79557285602163529394e+09,'SessionOpened',1,'{"workspace":"/home/ada/garden","cwd":"/home/ada/garden","title":"New session","model":"scripted/script","slot":1,"system":"","parent_call":null}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',2,1.79557285602175354961e+09,'SessionRenamed',1,'{"title":"Oil the gate, please: é 水","by":"engine"}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',3,1.79557285602180647854e+09,'PromptQueued',1,'{"prompt_id":"prompt_j6rt5h761928","text":"Oil the gate, please: é 水","images":[]}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',4,1.79557285602199506757e+09,'PromptSubmitted',1,'{"prompt_id":"prompt_j6rt5h761928","turn_id":"turn_4w2rmcp9gbfj","text":"Oil the gate, please: é 水","images":[]}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',5,1.79557285603113317494e+09,'StepStarted',1,'{"step_id":"step_8ejgw42cerct","turn_id":"turn_4w2rmcp9gbfj","model":"scripted/script"}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',6,1.79557285603151631355e+09,'PartStarted',1,'{"part_id":"part_4g077gf1ybmj","step_id":"step_8ejgw42cerct","kind":"reasoning","name":""}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',8,1.79557285603892445571e+09,'PartEnded',1,'{"part_id":"part_4g077gf1ybmj","part":{"type":"ReasoningPart","text":"Look first.","provider_data":null},"cut":false}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',9,1.79557285603909611701e+09,'PartStarted',1,'{"part_id":"part_3b8xpraf9320","step_id":"step_8ejgw42cerct","kind":"text","name":""}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',12,1.79557285605881786346e+09,'PartEnded',1,'{"part_id":"part_3b8xpraf9320","part":{"type":"TextPart","text":"I will look at the notes.","provider_data":null},"cut":false}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',13,1.79557285605899453161e+09,'PartStarted',1,'{"part_id":"part_qer1gngzd0nd","step_id":"step_8ejgw42cerct","kind":"tool_call","name":"read"}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',15,1.79557285607015681269e+09,'PartEnded',1,'{"part_id":"part_qer1gngzd0nd","part":{"type":"ToolCallPart","call_id":"call_1_3","name":"read","arguments":"{\"path\": \"notes.txt\"}","provider_data":null},"cut":false}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',16,1.79557285607038688655e+09,'PartStarted',1,'{"part_id":"part_r5m61knch8e4","step_id":"step_8ejgw42cerct","kind":"tool_call","name":"shell"}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',19,1.79557285608974385266e+09,'PartEnded',1,'{"part_id":"part_r5m61knch8e4","part":{"type":"ToolCallPart","call_id":"call_1_4","name":"shell","arguments":"{\"command\": \"echo oiled > gate.txt\"}","provider_data":null},"cut":false}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',20,1.79557285609004163746e+09,'StepEnded',1,'{"step_id":"step_8ejgw42cerct","stop":"tool_use","usage":{"input_tokens":0,"output_tokens":0,"cache_read_tokens":0,"cache_write_tokens":0,"reasoning_tokens":0},"first_token":0.0005,"duration":0.0589,"price":0.0125}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',21,1.79557285659233260149e+09,'ApprovalDecided',1,'{"approval_id":"ask_4kb5zq9ej50d","call_id":"call_1_3","decision":"allow","by":"policy","scope":"once","reason":"Reading inside the workspace folder runs unasked.","digest":"","arguments":"","rule":""}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',22,1.79557285659240531928e+09,'ToolStarted',1,'{"call_id":"call_1_3","turn_id":"turn_4w2rmcp9gbfj","tool":"read","arguments":"{\"path\": \"notes.txt\"}"}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',23,1.79557285659862756726e+09,'ApprovalRequested',1,'{"approval_id":"ask_99rmbtezwe11","call_id":"call_1_4","tool":"shell","arguments":"{\"command\": \"echo oiled > gate.txt\"}","effect":"run","why":"It runs a command with your rights: it writes to a file: > gate.txt.","digest":"bcd6234e90443138c1bd8f6678d694672e1ec418ae4c4a42dc0735065ecf00f3","preview":[],"rule":"","touches":["runs echo","writes to gate.txt"],"pattern":"echo oiled > gate.txt"}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',24,1.79557285659878921504e+09,'ApprovalDecided',1,'{"approval_id":"ask_99rmbtezwe11","call_id":"call_1_4","decision":"allow","by":"person","scope":"once","reason":"","digest":"bcd6234e90443138c1bd8f6678d694672e1ec418ae4c4a42dc0735065ecf00f3","arguments":"{\"command\": \"echo oiled > gate.txt\"}","rule":""}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',25,1.79557285660041451458e+09,'ToolStarted',1,'{"call_id":"call_1_4","turn_id":"turn_4w2rmcp9gbfj","tool":"shell","arguments":"{\"command\": \"echo oiled > gate.txt\"}"}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',26,1.79557285660300230975e+09,'ToolEnded',1,'{"call_id":"call_1_3","outcome":"ok","text":"1  The gate sticks.","display":[{"type":"TextDisplay","text":"The gate sticks.","language":"","title":"/home/ada/garden/notes.txt"}],"images":[],"duration":0.0023,"output_bytes":19,"paths":[],"pieces":[]}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',27,1.79557285662005162237e+09,'ToolEnded',1,'{"call_id":"call_1_4","outcome":"ok","text":"(no output)\n[exit code 0]","display":[{"type":"TextDisplay","text":"(no output)\n[exit code 0]","language":"","title":""}],"images":[],"duration":0.0164,"output_bytes":25,"paths":[],"pieces":[]}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',28,1.79557285662315869326e+09,'StepStarted',1,'{"step_id":"step_axwdp6ng63j9","turn_id":"turn_4w2rmcp9gbfj","model":"scripted/script"}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',29,1.79557285662347340584e+09,'PartStarted',1,'{"part_id":"part_qm205yzbtvz5","step_id":"step_axwdp6ng63j9","kind":"text","name":""}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',33,1.79557285665356159212e+09,'PartEnded',1,'{"part_id":"part_qm205yzbtvz5","part":{"type":"TextPart","text":"The gate is oiled.\n\n```python\nprint(''é, 水, 🔧'')\n```","provider_data":null},"cut":false}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',34,1.79557285665379333492e+09,'StepEnded',1,'{"step_id":"step_axwdp6ng63j9","stop":"end","usage":{"input_tokens":0,"output_tokens":0,"cache_read_tokens":0,"cache_write_tokens":0,"reasoning_tokens":0},"first_token":0.0004,"duration":0.0306,"price":0.0125}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',35,1.79557285665389966969e+09,'TurnEnded',1,'{"turn_id":"turn_4w2rmcp9gbfj","outcome":"done","error":"","hint":"","cause":""}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',36,1.79557285666277623181e+09,'PromptQueued',1,'{"prompt_id":"prompt_4eg8skb71ap2","text":"Now write a valve.","images":[]}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',37,1.79557285666295123102e+09,'PromptSubmitted',1,'{"prompt_id":"prompt_4eg8skb71ap2","turn_id":"turn_c3bsdyrf7kax","text":"Now write a valve.","images":[]}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',38,1.79557285666380929941e+09,'StepStarted',1,'{"step_id":"step_ae3nckmmx5hz","turn_id":"turn_c3bsdyrf7kax","model":"scripted/script"}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',39,1.7955728566640379429e+09,'PartStarted',1,'{"part_id":"part_qgdv4des78zf","step_id":"step_ae3nckmmx5hz","kind":"tool_call","name":"write"}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',43,1.79557285668952393538e+09,'PartEnded',1,'{"part_id":"part_qgdv4des78zf","part":{"type":"ToolCallPart","call_id":"call_3_1","name":"write","arguments":"{\"path\": \"valve.py\", \"content\": \"flow = 1\\n\"}","provider_data":null},"cut":false}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',44,1.79557285668974566457e+09,'StepEnded',1,'{"step_id":"step_ae3nckmmx5hz","stop":"tool_use","usage":{"input_tokens":0,"output_tokens":0,"cache_read_tokens":0,"cache_write_tokens":0,"reasoning_tokens":0},"first_token":0.0003,"duration":0.0259,"price":0.0125}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',45,1.79557285672960329058e+09,'ApprovalRequested',1,'{"approval_id":"ask_0qnc19t0eb9y","call_id":"call_3_1","tool":"write","arguments":"{\"path\": \"valve.py\", \"content\": \"flow = 1\\n\"}","effect":"write","why":"It changes files.","digest":"f163d18384a3b33fea2c8959c838dbbcca3a91b96836d1c45ec5c8ce47537bb3","preview":[{"type":"DiffDisplay","path":"/home/ada/garden/valve.py","diff":"--- /dev/null\n+++ b/valve.py\n@@ -0,0 +1 @@\n+flow = 1","created":true,"stale":false}],"rule":"","touches":["changes /home/ada/garden/valve.py"],"pattern":"/home/ada/garden/**"}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',46,1.79557285673474192619e+09,'ApprovalDecided',1,'{"approval_id":"ask_0qnc19t0eb9y","call_id":"call_3_1","decision":"allow","by":"person","scope":"once","reason":"","digest":"f163d18384a3b33fea2c8959c838dbbcca3a91b96836d1c45ec5c8ce47537bb3","arguments":"{\"path\": \"valve.py\", \"content\": \"flow = 1\\n\"}","rule":""}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',47,1.79557285673624372488e+09,'ToolStarted',1,'{"call_id":"call_3_1","turn_id":"turn_c3bsdyrf7kax","tool":"write","arguments":"{\"path\": \"valve.py\", \"content\": \"flow = 1\\n\"}"}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',48,1.79557285674690890312e+09,'FileKept',1,'{"turn_id":"turn_c3bsdyrf7kax","call_id":"call_3_1","path":"/home/ada/garden/valve.py","blob":"","size":0,"mode":420,"skipped":""}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',49,1.79557285676430058475e+09,'FileWritten',1,'{"turn_id":"turn_c3bsdyrf7kax","call_id":"call_3_1","path":"/home/ada/garden/valve.py","digest":"5e1da184c99f90e2b3334c928de8f2289e20266c94506b001c409fb6bbf6d74d"}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',50,1.79557285676494574541e+09,'ToolEnded',1,'{"call_id":"call_3_1","outcome":"ok","text":"Created /home/ada/garden/valve.py (+1 -0 lines).","display":[{"type":"DiffDisplay","path":"/home/ada/garden/valve.py","diff":"--- /dev/null\n+++ b/valve.py\n@@ -0,0 +1 @@\n+flow = 1","created":true,"stale":false}],"images":[],"duration":0.0267,"output_bytes":48,"paths":["/home/ada/garden/valve.py"],"pieces":[]}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',51,1.79557285676542091375e+09,'StepStarted',1,'{"step_id":"step_wj983t6pcr9s","turn_id":"turn_c3bsdyrf7kax","model":"scripted/script"}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',52,1.79557285676565074918e+09,'PartStarted',1,'{"part_id":"part_jerbcccqnfc2","step_id":"step_wj983t6pcr9s","kind":"text","name":""}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',54,1.79557285677133297917e+09,'PartEnded',1,'{"part_id":"part_jerbcccqnfc2","part":{"type":"TextPart","text":"Written.","provider_data":null},"cut":false}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',55,1.79557285677159094803e+09,'StepEnded',1,'{"step_id":"step_wj983t6pcr9s","stop":"end","usage":{"input_tokens":0,"output_tokens":0,"cache_read_tokens":0,"cache_write_tokens":0,"reasoning_tokens":0},"first_token":0.0003,"duration":0.0062,"price":0.0125}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',56,1.7955728567716884613e+09,'TurnEnded',1,'{"turn_id":"turn_c3bsdyrf7kax","outcome":"done","error":"","hint":"","cause":""}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',57,1.79557285677501559254e+09,'SideCall',1,'{"call_id":"side_atzfrq3r0kbr","original":"call_1_3","tool":"read","arguments":"{\"path\": \"notes.txt\"}"}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',58,1.79557285678741121296e+09,'ApprovalDecided',1,'{"approval_id":"ask_gb8h2ze870yn","call_id":"side_atzfrq3r0kbr","decision":"allow","by":"policy","scope":"once","reason":"Reading inside the workspace folder runs unasked.","digest":"","arguments":"","rule":""}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',59,1795572856.78747,'ToolStarted',1,'{"call_id":"side_atzfrq3r0kbr","turn_id":"","tool":"read","arguments":"{\"path\": \"notes.txt\"}"}');
INSERT INTO "entries" VALUES('1m887px6mra8zhe',60,1.79557285679129743577e+09,'ToolEnded',1,'{"call_id":"side_atzfrq3r0kbr","outcome":"ok","text":"1  The gate sticks.","display":[{"type":"TextDisplay","text":"The gate sticks.","language":"","title":"/home/ada/garden/notes.txt"}],"images":[],"duration":0.0012,"output_bytes":19,"paths":[],"pieces":[]}');
INSERT INTO "entries" VALUES('1m887pxys9h090p',61,1.79557285679515075678e+09,'SessionOpened',1,'{"workspace":"/home/ada/garden","cwd":"/home/ada/garden","title":"Oil the gate, please: é 水 (fork)","model":"scripted/script","slot":2,"system":"","parent_call":null}');
INSERT INTO "entries" VALUES('1m887pxys9h090p',62,1.79557285679519748689e+09,'SessionForked',1,'{"parent":"1m887px6mra8zhe","through_seq":60,"slot":1,"title":"Oil the gate, please: é 水"}');
INSERT INTO "entries" VALUES('1m887pxys9h090p',63,1.79557285679525899888e+09,'SessionRenamed',1,'{"title":"A branch of it","by":"person"}');
INSERT INTO "entries" VALUES('1m887pxyvf801mj',1,1.79557285679686355595e+09,'SessionOpened',1,'{"workspace":"/home/ada/garden","cwd":"/home/ada/garden","title":"New session","model":"scripted/script","slot":3,"system":"","parent_call":null}');
INSERT INTO "entries" VALUES('1m887pxyvf801mj',2,1.79557285679692673688e+09,'SessionRenamed',1,'{"title":"Say something long","by":"engine"}');
INSERT INTO "entries" VALUES('1m887pxyvf801mj',3,1.79557285679696631433e+09,'PromptQueued',1,'{"prompt_id":"prompt_7ct6xt417hn6","text":"Say something long","images":[]}');
INSERT INTO "entries" VALUES('1m887pxyvf801mj',4,1.79557285679710626601e+09,'PromptSubmitted',1,'{"prompt_id":"prompt_7ct6xt417hn6","turn_id":"turn_xdnctwex74w6","text":"Say something long","images":[]}');
INSERT INTO "entries" VALUES('1m887pxyvf801mj',5,1.79557285679795765875e+09,'StepStarted',1,'{"step_id":"step_rrmaxn44vxpp","turn_id":"turn_xdnctwex74w6","model":"scripted/script"}');
INSERT INTO "entries" VALUES('1m887pxyvf801mj',6,1.79557285679822254179e+09,'PartStarted',1,'{"part_id":"part_vqe2bx47dsh2","step_id":"step_rrmaxn44vxpp","kind":"text","name":""}');
INSERT INTO "entries" VALUES('1m887pxyvf801mj',16,1795572856.89092,'PromptQueued',1,'{"prompt_id":"prompt_mdm6nbjt323x","text":"This waits in the outbox","images":[]}');
CREATE TABLE files_touched (
        session_id TEXT NOT NULL, path TEXT NOT NULL, seq INTEGER NOT NULL, call_id TEXT NOT NULL, at REAL NOT NULL,
        PRIMARY KEY (session_id, path, seq)) WITHOUT ROWID;
INSERT INTO "files_touched" VALUES('1m887px6mra8zhe','/home/ada/garden/valve.py',50,'call_3_1',1.79557285676494574541e+09);
CREATE TABLE messages (
        id INTEGER PRIMARY KEY, session_id TEXT NOT NULL, source_id TEXT NOT NULL, seq INTEGER NOT NULL,
        at REAL NOT NULL, role TEXT NOT NULL, kind TEXT NOT NULL, turn_id TEXT, step_id TEXT, call_id TEXT,
        ended_seq INTEGER, ended_at REAL, chars INTEGER NOT NULL DEFAULT 0, images INTEGER NOT NULL DEFAULT 0,
        cut INTEGER NOT NULL DEFAULT 0, UNIQUE (session_id, source_id));
INSERT INTO "messages" VALUES(1,'1m887px6mra8zhe','prompt_j6rt5h761928',4,1.79557285602199506757e+09,'user','text','turn_4w2rmcp9gbfj',NULL,NULL,4,1.79557285602199506757e+09,25,0,0);
INSERT INTO "messages" VALUES(2,'1m887px6mra8zhe','part_4g077gf1ybmj',6,1.79557285603151631355e+09,'assistant','reasoning','turn_4w2rmcp9gbfj','step_8ejgw42cerct',NULL,8,1.79557285603892445571e+09,11,0,0);
INSERT INTO "messages" VALUES(3,'1m887px6mra8zhe','part_3b8xpraf9320',9,1.79557285603909611701e+09,'assistant','text','turn_4w2rmcp9gbfj','step_8ejgw42cerct',NULL,12,1.79557285605881786346e+09,25,0,0);
INSERT INTO "messages" VALUES(4,'1m887px6mra8zhe','part_qer1gngzd0nd',13,1.79557285605899453161e+09,'assistant','tool_call','turn_4w2rmcp9gbfj','step_8ejgw42cerct','call_1_3',15,1.79557285607015681269e+09,21,0,0);
INSERT INTO "messages" VALUES(5,'1m887px6mra8zhe','part_r5m61knch8e4',16,1.79557285607038688655e+09,'assistant','tool_call','turn_4w2rmcp9gbfj','step_8ejgw42cerct','call_1_4',19,1.79557285608974385266e+09,36,0,0);
INSERT INTO "messages" VALUES(6,'1m887px6mra8zhe','part_qm205yzbtvz5',29,1.79557285662347340584e+09,'assistant','text','turn_4w2rmcp9gbfj','step_axwdp6ng63j9',NULL,33,1.79557285665356159212e+09,50,0,0);
INSERT INTO "messages" VALUES(7,'1m887px6mra8zhe','prompt_4eg8skb71ap2',37,1.79557285666295123102e+09,'user','text','turn_c3bsdyrf7kax',NULL,NULL,37,1.79557285666295123102e+09,18,0,0);
INSERT INTO "messages" VALUES(8,'1m887px6mra8zhe','part_qgdv4des78zf',39,1.7955728566640379429e+09,'assistant','tool_call','turn_c3bsdyrf7kax','step_ae3nckmmx5hz','call_3_1',43,1.79557285668952393538e+09,45,0,0);
INSERT INTO "messages" VALUES(9,'1m887px6mra8zhe','part_jerbcccqnfc2',52,1.79557285676565074918e+09,'assistant','text','turn_c3bsdyrf7kax','step_wj983t6pcr9s',NULL,54,1.79557285677133297917e+09,8,0,0);
INSERT INTO "messages" VALUES(10,'1m887pxyvf801mj','prompt_7ct6xt417hn6',4,1.79557285679710626601e+09,'user','text','turn_xdnctwex74w6',NULL,NULL,4,1.79557285679710626601e+09,18,0,0);
INSERT INTO "messages" VALUES(11,'1m887pxyvf801mj','part_vqe2bx47dsh2',6,1.79557285679822254179e+09,'assistant','text','turn_xdnctwex74w6','step_rrmaxn44vxpp',NULL,NULL,NULL,0,0,0);
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
INSERT INTO "meta" VALUES('created_at',2.46136959324059030043e+06);
INSERT INTO "meta" VALUES('settled',1);
CREATE TABLE prompts (
        session_id TEXT NOT NULL, prompt_id TEXT NOT NULL, seq INTEGER NOT NULL, at REAL NOT NULL,
        state TEXT NOT NULL, steer INTEGER NOT NULL DEFAULT 0, turn_id TEXT, ended_seq INTEGER,
        PRIMARY KEY (session_id, prompt_id)) WITHOUT ROWID;
INSERT INTO "prompts" VALUES('1m887px6mra8zhe','prompt_4eg8skb71ap2',36,1.79557285666277623181e+09,'sent',0,'turn_c3bsdyrf7kax',37);
INSERT INTO "prompts" VALUES('1m887px6mra8zhe','prompt_j6rt5h761928',3,1.79557285602180647854e+09,'sent',0,'turn_4w2rmcp9gbfj',4);
INSERT INTO "prompts" VALUES('1m887pxyvf801mj','prompt_7ct6xt417hn6',3,1.79557285679696631433e+09,'sent',0,'turn_xdnctwex74w6',4);
INSERT INTO "prompts" VALUES('1m887pxyvf801mj','prompt_mdm6nbjt323x',16,1795572856.89092,'queued',0,NULL,NULL);
CREATE TABLE questions (
        session_id TEXT NOT NULL, question_id TEXT NOT NULL, seq INTEGER NOT NULL, call_id TEXT NOT NULL,
        asked_at REAL NOT NULL, answered_at REAL, answered_seq INTEGER,
        PRIMARY KEY (session_id, question_id)) WITHOUT ROWID;
CREATE TABLE scratch (
        session_id TEXT NOT NULL, owner TEXT NOT NULL, seq INTEGER NOT NULL, at REAL NOT NULL,
        kind TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
        PRIMARY KEY (session_id, owner, seq)) WITHOUT ROWID;
INSERT INTO "scratch" VALUES('1m887pxyvf801mj','part_vqe2bx47dsh2',7,1.79557285679835700988e+09,'PartDelta',1,'{"part_id":"part_vqe2bx47dsh2","text":"water"}');
INSERT INTO "scratch" VALUES('1m887pxyvf801mj','part_vqe2bx47dsh2',8,1.79557285680913567547e+09,'PartDelta',1,'{"part_id":"part_vqe2bx47dsh2","text":" water water water water"}');
INSERT INTO "scratch" VALUES('1m887pxyvf801mj','part_vqe2bx47dsh2',9,1.79557285682267880446e+09,'PartDelta',1,'{"part_id":"part_vqe2bx47dsh2","text":" water water water water"}');
INSERT INTO "scratch" VALUES('1m887pxyvf801mj','part_vqe2bx47dsh2',10,1.79557285683383584026e+09,'PartDelta',1,'{"part_id":"part_vqe2bx47dsh2","text":" water water water water water"}');
INSERT INTO "scratch" VALUES('1m887pxyvf801mj','part_vqe2bx47dsh2',11,1.79557285684477782247e+09,'PartDelta',1,'{"part_id":"part_vqe2bx47dsh2","text":" water water water water water"}');
INSERT INTO "scratch" VALUES('1m887pxyvf801mj','part_vqe2bx47dsh2',12,1.79557285685561585425e+09,'PartDelta',1,'{"part_id":"part_vqe2bx47dsh2","text":" water water water water"}');
INSERT INTO "scratch" VALUES('1m887pxyvf801mj','part_vqe2bx47dsh2',13,1.79557285686644554139e+09,'PartDelta',1,'{"part_id":"part_vqe2bx47dsh2","text":" water water water water"}');
INSERT INTO "scratch" VALUES('1m887pxyvf801mj','part_vqe2bx47dsh2',14,1.79557285687895584105e+09,'PartDelta',1,'{"part_id":"part_vqe2bx47dsh2","text":" water water water water water water"}');
INSERT INTO "scratch" VALUES('1m887pxyvf801mj','part_vqe2bx47dsh2',15,1.79557285688927841188e+09,'PartDelta',1,'{"part_id":"part_vqe2bx47dsh2","text":" water water water water"}');
CREATE TABLE sessions (
        id TEXT PRIMARY KEY, workspace TEXT NOT NULL, cwd TEXT NOT NULL, title TEXT NOT NULL,
        model TEXT NOT NULL, slot INTEGER NOT NULL, archived INTEGER NOT NULL DEFAULT 0,
        closed INTEGER NOT NULL DEFAULT 0, parent_session TEXT, parent_call TEXT,
        forked_from TEXT, forked_through INTEGER, last_prompt TEXT NOT NULL DEFAULT '',
        opened_at REAL NOT NULL, changed_at REAL NOT NULL, seq INTEGER NOT NULL, group_id TEXT);
INSERT INTO "sessions" VALUES('1m887px6mra8zhe','/home/ada/garden','/home/ada/garden','Oil the gate, please: é 水','scripted/script',1,0,0,NULL,NULL,NULL,NULL,'Now write a valve.',1.79557285602163529394e+09,1.79557285679129743577e+09,60,NULL);
INSERT INTO "sessions" VALUES('1m887pxys9h090p','/home/ada/garden','/home/ada/garden','A branch of it','scripted/script',2,0,0,NULL,NULL,'1m887px6mra8zhe',60,'',1.79557285679515075678e+09,1.79557285679525899888e+09,63,NULL);
INSERT INTO "sessions" VALUES('1m887pxyvf801mj','/home/ada/garden','/home/ada/garden','Say something long','scripted/script',3,0,0,NULL,NULL,NULL,NULL,'Say something long',1.79557285679686355595e+09,1795572856.89092,16,NULL);
CREATE TABLE slots (workspace TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO "slots" VALUES('/home/ada/garden',3);
CREATE TABLE tool_calls (
        id INTEGER PRIMARY KEY, session_id TEXT NOT NULL, call_id TEXT NOT NULL, seq INTEGER NOT NULL,
        turn_id TEXT, step_id TEXT, tool TEXT NOT NULL, original TEXT NOT NULL DEFAULT '',
        requested_at REAL NOT NULL, started_at REAL, started_seq INTEGER, ended_at REAL, ended_seq INTEGER,
        outcome TEXT, duration REAL, chars INTEGER, output_bytes INTEGER, line TEXT NOT NULL DEFAULT '', path TEXT NOT NULL DEFAULT '', touched TEXT NOT NULL DEFAULT '', state TEXT NOT NULL DEFAULT 'waiting', price REAL, UNIQUE (session_id, call_id));
INSERT INTO "tool_calls" VALUES(1,'1m887px6mra8zhe','call_1_3',15,'turn_4w2rmcp9gbfj','step_8ejgw42cerct','read','',1.79557285607015681269e+09,1.79557285659240531928e+09,22,1.79557285660300230975e+09,26,'ok',0.0023,19,19,'notes.txt','notes.txt','','ok',0.00625);
INSERT INTO "tool_calls" VALUES(2,'1m887px6mra8zhe','call_1_4',19,'turn_4w2rmcp9gbfj','step_8ejgw42cerct','shell','',1.79557285608974385266e+09,1.79557285660041451458e+09,25,1.79557285662005162237e+09,27,'ok',0.0164,25,25,'echo oiled > gate.txt','','','ok',0.00625);
INSERT INTO "tool_calls" VALUES(3,'1m887px6mra8zhe','call_3_1',43,'turn_c3bsdyrf7kax','step_ae3nckmmx5hz','write','',1.79557285668952393538e+09,1.79557285673624372488e+09,47,1.79557285676494574541e+09,50,'ok',0.0267,48,48,'valve.py','valve.py','/home/ada/garden/valve.py','ok',0.0125);
INSERT INTO "tool_calls" VALUES(4,'1m887px6mra8zhe','side_atzfrq3r0kbr',57,NULL,NULL,'read','call_1_3',1.79557285677501559254e+09,1795572856.78747,59,1.79557285679129743577e+09,60,'ok',0.0012,19,19,'notes.txt','notes.txt','','ok',NULL);
CREATE TABLE turns (
        session_id TEXT NOT NULL, turn_id TEXT NOT NULL, seq INTEGER NOT NULL, started_at REAL NOT NULL,
        ended_at REAL, ended_seq INTEGER, outcome TEXT, error TEXT, hint TEXT,
        PRIMARY KEY (session_id, turn_id)) WITHOUT ROWID;
INSERT INTO "turns" VALUES('1m887px6mra8zhe','turn_4w2rmcp9gbfj',4,1.79557285602199506757e+09,1.79557285665389966969e+09,35,'done','','');
INSERT INTO "turns" VALUES('1m887px6mra8zhe','turn_c3bsdyrf7kax',37,1.79557285666295123102e+09,1.7955728567716884613e+09,56,'done','','');
INSERT INTO "turns" VALUES('1m887pxyvf801mj','turn_xdnctwex74w6',4,1.79557285679710626601e+09,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE ui (
        workspace TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
        PRIMARY KEY (workspace, key)) WITHOUT ROWID;
CREATE TABLE usage (
        session_id TEXT NOT NULL, step_id TEXT NOT NULL, seq INTEGER NOT NULL, turn_id TEXT NOT NULL,
        model TEXT NOT NULL, started_at REAL NOT NULL, ended_at REAL, stop TEXT, retries INTEGER NOT NULL DEFAULT 0,
        input_tokens INTEGER, output_tokens INTEGER, cache_read_tokens INTEGER, cache_write_tokens INTEGER,
        reasoning_tokens INTEGER, first_token REAL, duration REAL, price REAL,
        PRIMARY KEY (session_id, step_id)) WITHOUT ROWID;
INSERT INTO "usage" VALUES('1m887px6mra8zhe','step_8ejgw42cerct',5,'turn_4w2rmcp9gbfj','scripted/script',1.79557285603113317494e+09,1.79557285609004163746e+09,'tool_use',0,0,0,0,0,0,0.0005,0.0589,0.0125);
INSERT INTO "usage" VALUES('1m887px6mra8zhe','step_ae3nckmmx5hz',38,'turn_c3bsdyrf7kax','scripted/script',1.79557285666380929941e+09,1.79557285668974566457e+09,'tool_use',0,0,0,0,0,0,0.0003,0.0259,0.0125);
INSERT INTO "usage" VALUES('1m887px6mra8zhe','step_axwdp6ng63j9',28,'turn_4w2rmcp9gbfj','scripted/script',1.79557285662315869326e+09,1.79557285665379333492e+09,'end',0,0,0,0,0,0,0.0004,0.0306,0.0125);
INSERT INTO "usage" VALUES('1m887px6mra8zhe','step_wj983t6pcr9s',51,'turn_c3bsdyrf7kax','scripted/script',1.79557285676542091375e+09,1.79557285677159094803e+09,'end',0,0,0,0,0,0,0.0003,0.0062,0.0125);
INSERT INTO "usage" VALUES('1m887pxyvf801mj','step_rrmaxn44vxpp',5,'turn_xdnctwex74w6','scripted/script',1.79557285679795765875e+09,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
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
