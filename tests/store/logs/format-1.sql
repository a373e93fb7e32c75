PRAGMA application_id = 1346719315;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE approvals (
        session_id TEXT NOT NULL, approval_id TEXT NOT NULL, seq INTEGER NOT NULL, call_id TEXT NOT NULL,
        tool TEXT, effect TEXT, why TEXT, asked_at REAL, decided_at REAL, decided_seq INTEGER,
        decision TEXT, decided_by TEXT, scope TEXT, reason TEXT,
        PRIMARY KEY (session_id, approval_id)) WITHOUT ROWID;
INSERT INTO "approvals" VALUES('1m887ps8zz5z5a5','ask_cefnxmdbzwvp',43,'call_3_1','write','write','It changes files.',1.79557285253385424611e+09,1.79557285253835725779e+09,44,'allow','person','once','');
INSERT INTO "approvals" VALUES('1m887ps8zz5z5a5','ask_fhm2htrd2fga',21,'call_1_4','shell','run','It runs a command with your rights.',1.79557285241889572147e+09,1.79557285243126034737e+09,22,'allow','person','once','');
CREATE TABLE blobs (
        hash TEXT PRIMARY KEY, size INTEGER NOT NULL, encoding TEXT NOT NULL, data BLOB NOT NULL);
CREATE TABLE entries (
        session_id TEXT NOT NULL, seq INTEGER NOT NULL, at REAL NOT NULL,
        kind TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
        PRIMARY KEY (session_id, seq));
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',1,1.79557285200449895856e+09,'SessionOpened',1,'{"workspace":"/home/ada/garden","cwd":"/home/ada/garden","title":"New session","model":"scripted/script","slot":1,"system":"","parent_call":null}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',2,1.79557285200457453734e+09,'SessionRenamed',1,'{"title":"Oil the gate, please: é 水","by":"engine"}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',3,1.79557285200462841989e+09,'PromptQueued',1,'{"prompt_id":"prompt_zka6ywkp4rbs","text":"Oil the gate, please: é 水","images":[]}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',4,1.79557285200479912765e+09,'PromptSubmitted',1,'{"prompt_id":"prompt_zka6ywkp4rbs","turn_id":"turn_gebtnm1937cm","text":"Oil the gate, please: é 水","images":[]}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',5,1.79557285200491786002e+09,'StepStarted',1,'{"step_id":"step_ebxgptae5ssk","turn_id":"turn_gebtnm1937cm","model":"scripted/script"}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',6,1.79557285200509023667e+09,'PartStarted',1,'{"part_id":"part_qxp5mjf2hwnk","step_id":"step_ebxgptae5ssk","kind":"reasoning","name":""}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',8,1.79557285201332426068e+09,'PartEnded',1,'{"part_id":"part_qxp5mjf2hwnk","part":{"type":"ReasoningPart","text":"Look first.","provider_data":null},"cut":false}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',9,1.79557285201345419884e+09,'PartStarted',1,'{"part_id":"part_k1abdfzpqpk2","step_id":"step_ebxgptae5ssk","kind":"text","name":""}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',12,1.79557285203170561788e+09,'PartEnded',1,'{"part_id":"part_k1abdfzpqpk2","part":{"type":"TextPart","text":"I will look at the notes.","provider_data":null},"cut":false}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',13,1.79557285203180336955e+09,'PartStarted',1,'{"part_id":"part_faqjhhmmkcxy","step_id":"step_ebxgptae5ssk","kind":"tool_call","name":"read"}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',15,1.79557285204298520088e+09,'PartEnded',1,'{"part_id":"part_faqjhhmmkcxy","part":{"type":"ToolCallPart","call_id":"call_1_3","name":"read","arguments":"{\"path\": \"notes.txt\"}","provider_data":null},"cut":false}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',16,1.79557285204313063619e+09,'PartStarted',1,'{"part_id":"part_f6xkhnvqpt9b","step_id":"step_ebxgptae5ssk","kind":"tool_call","name":"shell"}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',19,1.79557285206279611594e+09,'PartEnded',1,'{"part_id":"part_f6xkhnvqpt9b","part":{"type":"ToolCallPart","call_id":"call_1_4","name":"shell","arguments":"{\"command\": \"echo oiled > gate.txt\"}","provider_data":null},"cut":false}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',20,1.79557285206298828123e+09,'StepEnded',1,'{"step_id":"step_ebxgptae5ssk","stop":"tool_use","usage":{"input_tokens":0,"output_tokens":0,"cache_read_tokens":0,"cache_write_tokens":0,"reasoning_tokens":0},"first_token":0.0002,"duration":0.0581,"price":0.0125}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',21,1.79557285241889572147e+09,'ApprovalRequested',1,'{"approval_id":"ask_fhm2htrd2fga","call_id":"call_1_4","tool":"shell","arguments":"{\"command\": \"echo oiled > gate.txt\"}","effect":"run","why":"It runs a command with your rights.","digest":"160b48bddaa3463f6985ef82782ac343e9a31d097fac3eb105596f3367796124","preview":[],"rule":"","touches":[],"pattern":""}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',22,1.79557285243126034737e+09,'ApprovalDecided',1,'{"approval_id":"ask_fhm2htrd2fga","call_id":"call_1_4","decision":"allow","by":"person","scope":"once","reason":"","digest":"160b48bddaa3463f6985ef82782ac343e9a31d097fac3eb105596f3367796124","arguments":"{\"command\": \"echo oiled > gate.txt\"}","rule":""}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',23,1.79557285243163108822e+09,'ToolStarted',1,'{"call_id":"call_1_4","turn_id":"turn_gebtnm1937cm","tool":"shell","arguments":"{\"command\": \"echo oiled > gate.txt\"}"}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',24,1.79557285244565296173e+09,'ToolStarted',1,'{"call_id":"call_1_3","turn_id":"turn_gebtnm1937cm","tool":"read","arguments":"{\"path\": \"notes.txt\"}"}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',25,1.7955728524598472118e+09,'ToolEnded',1,'{"call_id":"call_1_4","outcome":"ok","text":"(no output)\n[exit code 0]","display":[{"type":"TextDisplay","text":"(no output)\n[exit code 0]","language":"","title":""}],"images":[],"duration":0.0141,"output_bytes":25,"paths":[],"pieces":[]}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',26,1.79557285246103405951e+09,'ToolEnded',1,'{"call_id":"call_1_3","outcome":"ok","text":"1  The gate sticks.","display":[{"type":"TextDisplay","text":"The gate sticks.","language":"","title":"/home/ada/garden/notes.txt"}],"images":[],"duration":0.0007,"output_bytes":19,"paths":[],"pieces":[]}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',27,1.79557285246121859549e+09,'StepStarted',1,'{"step_id":"step_5sm507vaj200","turn_id":"turn_gebtnm1937cm","model":"scripted/script"}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',28,1.79557285246139574047e+09,'PartStarted',1,'{"part_id":"part_a2z7tzds9xmw","step_id":"step_5sm507vaj200","kind":"text","name":""}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',32,1.79557285249227571483e+09,'PartEnded',1,'{"part_id":"part_a2z7tzds9xmw","part":{"type":"TextPart","text":"The gate is oiled.\n\n```python\nprint(''é, 水, 🔧'')\n```","provider_data":null},"cut":false}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',33,1.79557285249252438549e+09,'StepEnded',1,'{"step_id":"step_5sm507vaj200","stop":"end","usage":{"input_tokens":0,"output_tokens":0,"cache_read_tokens":0,"cache_write_tokens":0,"reasoning_tokens":0},"first_token":0.0002,"duration":0.0313,"price":0.0125}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',34,1.79557285249262070653e+09,'TurnEnded',1,'{"turn_id":"turn_gebtnm1937cm","outcome":"done","error":"","hint":""}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',35,1.79557285249795222283e+09,'PromptQueued',1,'{"prompt_id":"prompt_4kzetmbtnzw8","text":"Now write a valve.","images":[]}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',36,1.79557285249807763094e+09,'PromptSubmitted',1,'{"prompt_id":"prompt_4kzetmbtnzw8","turn_id":"turn_2h7qb5pz69c9","text":"Now write a valve.","images":[]}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',37,1.79557285249820780754e+09,'StepStarted',1,'{"step_id":"step_7mxerkqcayj7","turn_id":"turn_2h7qb5pz69c9","model":"scripted/script"}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',38,1.7955728524984173774e+09,'PartStarted',1,'{"part_id":"part_xgrqk4hsfxxr","step_id":"step_7mxerkqcayj7","kind":"tool_call","name":"write"}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',41,1.79557285252288365362e+09,'PartEnded',1,'{"part_id":"part_xgrqk4hsfxxr","part":{"type":"ToolCallPart","call_id":"call_3_1","name":"write","arguments":"{\"path\": \"valve.py\", \"content\": \"flow = 1\\n\"}","provider_data":null},"cut":false}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',42,1.7955728525230886936e+09,'StepEnded',1,'{"step_id":"step_7mxerkqcayj7","stop":"tool_use","usage":{"input_tokens":0,"output_tokens":0,"cache_read_tokens":0,"cache_write_tokens":0,"reasoning_tokens":0},"first_token":0.0003,"duration":0.0249,"price":0.0125}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',43,1.79557285253385424611e+09,'ApprovalRequested',1,'{"approval_id":"ask_cefnxmdbzwvp","call_id":"call_3_1","tool":"write","arguments":"{\"path\": \"valve.py\", \"content\": \"flow = 1\\n\"}","effect":"write","why":"It changes files.","digest":"b0292292c2e58f7073de17d38e78f7c917c0911f4a8a544a0ac1870286011c81","preview":[{"type":"DiffDisplay","path":"/home/ada/garden/valve.py","diff":"--- /dev/null\n+++ b/valve.py\n@@ -0,0 +1 @@\n+flow = 1","created":true,"stale":false}],"rule":"","touches":[],"pattern":""}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',44,1.79557285253835725779e+09,'ApprovalDecided',1,'{"approval_id":"ask_cefnxmdbzwvp","call_id":"call_3_1","decision":"allow","by":"person","scope":"once","reason":"","digest":"b0292292c2e58f7073de17d38e78f7c917c0911f4a8a544a0ac1870286011c81","arguments":"{\"path\": \"valve.py\", \"content\": \"flow = 1\\n\"}","rule":""}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',45,1795572852.53903,'ToolStarted',1,'{"call_id":"call_3_1","turn_id":"turn_2h7qb5pz69c9","tool":"write","arguments":"{\"path\": \"valve.py\", \"content\": \"flow = 1\\n\"}"}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',46,1.79557285255473566059e+09,'ToolEnded',1,'{"call_id":"call_3_1","outcome":"ok","text":"Created /home/ada/garden/valve.py (+1 -0 lines).","display":[{"type":"DiffDisplay","path":"/home/ada/garden/valve.py","diff":"--- /dev/null\n+++ b/valve.py\n@@ -0,0 +1 @@\n+flow = 1","created":true,"stale":false}],"images":[],"duration":0.0084,"output_bytes":48,"paths":["/home/ada/garden/valve.py"],"pieces":[]}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',47,1.79557285255508589745e+09,'StepStarted',1,'{"step_id":"step_91tkvqd27w92","turn_id":"turn_2h7qb5pz69c9","model":"scripted/script"}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',48,1.79557285255528187748e+09,'PartStarted',1,'{"part_id":"part_g5tmntg1f4da","step_id":"step_91tkvqd27w92","kind":"text","name":""}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',50,1.79557285256147742269e+09,'PartEnded',1,'{"part_id":"part_g5tmntg1f4da","part":{"type":"TextPart","text":"Written.","provider_data":null},"cut":false}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',51,1.79557285256165933607e+09,'StepEnded',1,'{"step_id":"step_91tkvqd27w92","stop":"end","usage":{"input_tokens":0,"output_tokens":0,"cache_read_tokens":0,"cache_write_tokens":0,"reasoning_tokens":0},"first_token":0.0003,"duration":0.0066,"price":0.0125}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',52,1.79557285256173443789e+09,'TurnEnded',1,'{"turn_id":"turn_2h7qb5pz69c9","outcome":"done","error":"","hint":""}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',53,1.79557285257070565229e+09,'SideCall',1,'{"call_id":"side_te85ph0ww203","original":"call_1_3","tool":"read","arguments":"{\"path\": \"notes.txt\"}"}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',54,1.79557285257146549226e+09,'ToolStarted',1,'{"call_id":"side_te85ph0ww203","turn_id":"","tool":"read","arguments":"{\"path\": \"notes.txt\"}"}');
INSERT INTO "entries" VALUES('1m887ps8zz5z5a5',55,1.79557285257375788684e+09,'ToolEnded',1,'{"call_id":"side_te85ph0ww203","outcome":"ok","text":"1  The gate sticks.","display":[{"type":"TextDisplay","text":"The gate sticks.","language":"","title":"/home/ada/garden/notes.txt"}],"images":[],"duration":0.0007,"output_bytes":19,"paths":[],"pieces":[]}');
INSERT INTO "entries" VALUES('1m887psv2tzdxw1',1,1.79557285258786749832e+09,'SessionOpened',1,'{"workspace":"/home/ada/garden","cwd":"/home/ada/garden","title":"New session","model":"scripted/script","slot":2,"system":"","parent_call":null}');
INSERT INTO "entries" VALUES('1m887psv2tzdxw1',2,1.79557285258822464939e+09,'SessionRenamed',1,'{"title":"Say something long","by":"engine"}');
INSERT INTO "entries" VALUES('1m887psv2tzdxw1',3,1.79557285258826851851e+09,'PromptQueued',1,'{"prompt_id":"prompt_4ct7415a2thy","text":"Say something long","images":[]}');
INSERT INTO "entries" VALUES('1m887psv2tzdxw1',4,1.79557285258843278888e+09,'PromptSubmitted',1,'{"prompt_id":"prompt_4ct7415a2thy","turn_id":"turn_xcxk2xm5x2ft","text":"Say something long","images":[]}');
INSERT INTO "entries" VALUES('1m887psv2tzdxw1',5,1.79557285258854222292e+09,'StepStarted',1,'{"step_id":"step_9nd1fz4ztd0q","turn_id":"turn_xcxk2xm5x2ft","model":"scripted/script"}');
INSERT INTO "entries" VALUES('1m887psv2tzdxw1',6,1.79557285258874082568e+09,'PartStarted',1,'{"part_id":"part_65yjr6qnsyga","step_id":"step_9nd1fz4ztd0q","kind":"text","name":""}');
INSERT INTO "entries" VALUES('1m887psv2tzdxw1',16,1.79557285267415070537e+09,'PromptQueued',1,'{"prompt_id":"prompt_3qzb4jzzyrxw","text":"This waits in the outbox","images":[]}');
CREATE TABLE files_touched (
        session_id TEXT NOT NULL, path TEXT NOT NULL, seq INTEGER NOT NULL, call_id TEXT NOT NULL, at REAL NOT NULL,
        PRIMARY KEY (session_id, path, seq)) WITHOUT ROWID;
INSERT INTO "files_touched" VALUES('1m887ps8zz5z5a5','/home/ada/garden/valve.py',46,'call_3_1',1.79557285255473566059e+09);
CREATE TABLE messages (
        id INTEGER PRIMARY KEY, session_id TEXT NOT NULL, source_id TEXT NOT NULL, seq INTEGER NOT NULL,
        at REAL NOT NULL, role TEXT NOT NULL, kind TEXT NOT NULL, turn_id TEXT, step_id TEXT, call_id TEXT,
        ended_seq INTEGER, ended_at REAL, chars INTEGER NOT NULL DEFAULT 0, images INTEGER NOT NULL DEFAULT 0,
        cut INTEGER NOT NULL DEFAULT 0, UNIQUE (session_id, source_id));
INSERT INTO "messages" VALUES(1,'1m887ps8zz5z5a5','prompt_zka6ywkp4rbs',4,1.79557285200479912765e+09,'user','text','turn_gebtnm1937cm',NULL,NULL,4,1.79557285200479912765e+09,25,0,0);
INSERT INTO "messages" VALUES(2,'1m887ps8zz5z5a5','part_qxp5mjf2hwnk',6,1.79557285200509023667e+09,'assistant','reasoning','turn_gebtnm1937cm','step_ebxgptae5ssk',NULL,8,1.79557285201332426068e+09,11,0,0);
INSERT INTO "messages" VALUES(3,'1m887ps8zz5z5a5','part_k1abdfzpqpk2',9,1.79557285201345419884e+09,'assistant','text','turn_gebtnm1937cm','step_ebxgptae5ssk',NULL,12,1.79557285203170561788e+09,25,0,0);
INSERT INTO "messages" VALUES(4,'1m887ps8zz5z5a5','part_faqjhhmmkcxy',13,1.79557285203180336955e+09,'assistant','tool_call','turn_gebtnm1937cm','step_ebxgptae5ssk','call_1_3',15,1.79557285204298520088e+09,21,0,0);
INSERT INTO "messages" VALUES(5,'1m887ps8zz5z5a5','part_f6xkhnvqpt9b',16,1.79557285204313063619e+09,'assistant','tool_call','turn_gebtnm1937cm','step_ebxgptae5ssk','call_1_4',19,1.79557285206279611594e+09,36,0,0);
INSERT INTO "messages" VALUES(6,'1m887ps8zz5z5a5','part_a2z7tzds9xmw',28,1.79557285246139574047e+09,'assistant','text','turn_gebtnm1937cm','step_5sm507vaj200',NULL,32,1.79557285249227571483e+09,50,0,0);
INSERT INTO "messages" VALUES(7,'1m887ps8zz5z5a5','prompt_4kzetmbtnzw8',36,1.79557285249807763094e+09,'user','text','turn_2h7qb5pz69c9',NULL,NULL,36,1.79557285249807763094e+09,18,0,0);
INSERT INTO "messages" VALUES(8,'1m887ps8zz5z5a5','part_xgrqk4hsfxxr',38,1.7955728524984173774e+09,'assistant','tool_call','turn_2h7qb5pz69c9','step_7mxerkqcayj7','call_3_1',41,1.79557285252288365362e+09,45,0,0);
INSERT INTO "messages" VALUES(9,'1m887ps8zz5z5a5','part_g5tmntg1f4da',48,1.79557285255528187748e+09,'assistant','text','turn_2h7qb5pz69c9','step_91tkvqd27w92',NULL,50,1.79557285256147742269e+09,8,0,0);
INSERT INTO "messages" VALUES(10,'1m887psv2tzdxw1','prompt_4ct7415a2thy',4,1.79557285258843278888e+09,'user','text','turn_xcxk2xm5x2ft',NULL,NULL,4,1.79557285258843278888e+09,18,0,0);
INSERT INTO "messages" VALUES(11,'1m887psv2tzdxw1','part_65yjr6qnsyga',6,1.79557285258874082568e+09,'assistant','text','turn_xcxk2xm5x2ft','step_9nd1fz4ztd0q',NULL,NULL,NULL,0,0,0);
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
INSERT INTO "meta" VALUES('created_at',2.46136959319435199731e+06);
INSERT INTO "meta" VALUES('settled',1);
CREATE TABLE prompts (
        session_id TEXT NOT NULL, prompt_id TEXT NOT NULL, seq INTEGER NOT NULL, at REAL NOT NULL,
        state TEXT NOT NULL, steer INTEGER NOT NULL DEFAULT 0, turn_id TEXT, ended_seq INTEGER,
        PRIMARY KEY (session_id, prompt_id)) WITHOUT ROWID;
INSERT INTO "prompts" VALUES('1m887ps8zz5z5a5','prompt_4kzetmbtnzw8',35,1.79557285249795222283e+09,'sent',0,'turn_2h7qb5pz69c9',36);
INSERT INTO "prompts" VALUES('1m887ps8zz5z5a5','prompt_zka6ywkp4rbs',3,1.79557285200462841989e+09,'sent',0,'turn_gebtnm1937cm',4);
INSERT INTO "prompts" VALUES('1m887psv2tzdxw1','prompt_3qzb4jzzyrxw',16,1.79557285267415070537e+09,'queued',0,NULL,NULL);
INSERT INTO "prompts" VALUES('1m887psv2tzdxw1','prompt_4ct7415a2thy',3,1.79557285258826851851e+09,'sent',0,'turn_xcxk2xm5x2ft',4);
CREATE TABLE questions (
        session_id TEXT NOT NULL, question_id TEXT NOT NULL, seq INTEGER NOT NULL, call_id TEXT NOT NULL,
        asked_at REAL NOT NULL, answered_at REAL, answered_seq INTEGER,
        PRIMARY KEY (session_id, question_id)) WITHOUT ROWID;
CREATE TABLE scratch (
        session_id TEXT NOT NULL, owner TEXT NOT NULL, seq INTEGER NOT NULL, at REAL NOT NULL,
        kind TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
        PRIMARY KEY (session_id, owner, seq)) WITHOUT ROWID;
INSERT INTO "scratch" VALUES('1m887psv2tzdxw1','part_65yjr6qnsyga',7,1.79557285258891534806e+09,'PartDelta',1,'{"part_id":"part_65yjr6qnsyga","text":"water"}');
INSERT INTO "scratch" VALUES('1m887psv2tzdxw1','part_65yjr6qnsyga',8,1.79557285259939432148e+09,'PartDelta',1,'{"part_id":"part_65yjr6qnsyga","text":" water water water water"}');
INSERT INTO "scratch" VALUES('1m887psv2tzdxw1','part_65yjr6qnsyga',9,1.79557285261002349857e+09,'PartDelta',1,'{"part_id":"part_65yjr6qnsyga","text":" water water water water"}');
INSERT INTO "scratch" VALUES('1m887psv2tzdxw1','part_65yjr6qnsyga',10,1.79557285262074160575e+09,'PartDelta',1,'{"part_id":"part_65yjr6qnsyga","text":" water water water water"}');
INSERT INTO "scratch" VALUES('1m887psv2tzdxw1','part_65yjr6qnsyga',11,1.79557285263146281244e+09,'PartDelta',1,'{"part_id":"part_65yjr6qnsyga","text":" water water water water"}');
INSERT INTO "scratch" VALUES('1m887psv2tzdxw1','part_65yjr6qnsyga',12,1.79557285264273428912e+09,'PartDelta',1,'{"part_id":"part_65yjr6qnsyga","text":" water water water water water water"}');
INSERT INTO "scratch" VALUES('1m887psv2tzdxw1','part_65yjr6qnsyga',13,1.79557285265306377413e+09,'PartDelta',1,'{"part_id":"part_65yjr6qnsyga","text":" water water water"}');
INSERT INTO "scratch" VALUES('1m887psv2tzdxw1','part_65yjr6qnsyga',14,1.79557285266352391244e+09,'PartDelta',1,'{"part_id":"part_65yjr6qnsyga","text":" water water water water"}');
INSERT INTO "scratch" VALUES('1m887psv2tzdxw1','part_65yjr6qnsyga',15,1.79557285267404150965e+09,'PartDelta',1,'{"part_id":"part_65yjr6qnsyga","text":" water water water water"}');
CREATE TABLE sessions (
        id TEXT PRIMARY KEY, workspace TEXT NOT NULL, cwd TEXT NOT NULL, title TEXT NOT NULL,
        model TEXT NOT NULL, slot INTEGER NOT NULL, archived INTEGER NOT NULL DEFAULT 0,
        closed INTEGER NOT NULL DEFAULT 0, parent_session TEXT, parent_call TEXT,
        forked_from TEXT, forked_through INTEGER, last_prompt TEXT NOT NULL DEFAULT '',
        opened_at REAL NOT NULL, changed_at REAL NOT NULL, seq INTEGER NOT NULL);
INSERT INTO "sessions" VALUES('1m887ps8zz5z5a5','/home/ada/garden','/home/ada/garden','Oil the gate, please: é 水','scripted/script',1,0,0,NULL,NULL,NULL,NULL,'Now write a valve.',1.79557285200449895856e+09,1.79557285257375788684e+09,55);
INSERT INTO "sessions" VALUES('1m887psv2tzdxw1','/home/ada/garden','/home/ada/garden','Say something long','scripted/script',2,0,0,NULL,NULL,NULL,NULL,'Say something long',1.79557285258786749832e+09,1.79557285267415070537e+09,16);
CREATE TABLE slots (workspace TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO "slots" VALUES('/home/ada/garden',2);
CREATE TABLE tool_calls (
        id INTEGER PRIMARY KEY, session_id TEXT NOT NULL, call_id TEXT NOT NULL, seq INTEGER NOT NULL,
        turn_id TEXT, step_id TEXT, tool TEXT NOT NULL, original TEXT NOT NULL DEFAULT '',
        requested_at REAL NOT NULL, started_at REAL, started_seq INTEGER, ended_at REAL, ended_seq INTEGER,
        outcome TEXT, duration REAL, chars INTEGER, output_bytes INTEGER, UNIQUE (session_id, call_id));
INSERT INTO "tool_calls" VALUES(1,'1m887ps8zz5z5a5','call_1_3',15,'turn_gebtnm1937cm','step_ebxgptae5ssk','read','',1.79557285204298520088e+09,1.79557285244565296173e+09,24,1.79557285246103405951e+09,26,'ok',0.0007,19,19);
INSERT INTO "tool_calls" VALUES(2,'1m887ps8zz5z5a5','call_1_4',19,'turn_gebtnm1937cm','step_ebxgptae5ssk','shell','',1.79557285206279611594e+09,1.79557285243163108822e+09,23,1.7955728524598472118e+09,25,'ok',0.0141,25,25);
INSERT INTO "tool_calls" VALUES(3,'1m887ps8zz5z5a5','call_3_1',41,'turn_2h7qb5pz69c9','step_7mxerkqcayj7','write','',1.79557285252288365362e+09,1795572852.53903,45,1.79557285255473566059e+09,46,'ok',0.0084,48,48);
INSERT INTO "tool_calls" VALUES(4,'1m887ps8zz5z5a5','side_te85ph0ww203',53,NULL,NULL,'read','call_1_3',1.79557285257070565229e+09,1.79557285257146549226e+09,54,1.79557285257375788684e+09,55,'ok',0.0007,19,19);
CREATE TABLE turns (
        session_id TEXT NOT NULL, turn_id TEXT NOT NULL, seq INTEGER NOT NULL, started_at REAL NOT NULL,
        ended_at REAL, ended_seq INTEGER, outcome TEXT, error TEXT, hint TEXT,
        PRIMARY KEY (session_id, turn_id)) WITHOUT ROWID;
INSERT INTO "turns" VALUES('1m887ps8zz5z5a5','turn_2h7qb5pz69c9',36,1.79557285249807763094e+09,1.79557285256173443789e+09,52,'done','','');
INSERT INTO "turns" VALUES('1m887ps8zz5z5a5','turn_gebtnm1937cm',4,1.79557285200479912765e+09,1.79557285249262070653e+09,34,'done','','');
INSERT INTO "turns" VALUES('1m887psv2tzdxw1','turn_xcxk2xm5x2ft',4,1.79557285258843278888e+09,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE ui (
        workspace TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
        PRIMARY KEY (workspace, key)) WITHOUT ROWID;
CREATE TABLE usage (
        session_id TEXT NOT NULL, step_id TEXT NOT NULL, seq INTEGER NOT NULL, turn_id TEXT NOT NULL,
        model TEXT NOT NULL, started_at REAL NOT NULL, ended_at REAL, stop TEXT, retries INTEGER NOT NULL DEFAULT 0,
        input_tokens INTEGER, output_tokens INTEGER, cache_read_tokens INTEGER, cache_write_tokens INTEGER,
        reasoning_tokens INTEGER, first_token REAL, duration REAL, price REAL,
        PRIMARY KEY (session_id, step_id)) WITHOUT ROWID;
INSERT INTO "usage" VALUES('1m887ps8zz5z5a5','step_5sm507vaj200',27,'turn_gebtnm1937cm','scripted/script',1.79557285246121859549e+09,1.79557285249252438549e+09,'end',0,0,0,0,0,0,0.0002,0.0313,0.0125);
INSERT INTO "usage" VALUES('1m887ps8zz5z5a5','step_7mxerkqcayj7',37,'turn_2h7qb5pz69c9','scripted/script',1.79557285249820780754e+09,1.7955728525230886936e+09,'tool_use',0,0,0,0,0,0,0.0003,0.0249,0.0125);
INSERT INTO "usage" VALUES('1m887ps8zz5z5a5','step_91tkvqd27w92',47,'turn_2h7qb5pz69c9','scripted/script',1.79557285255508589745e+09,1.79557285256165933607e+09,'end',0,0,0,0,0,0,0.0003,0.0066,0.0125);
INSERT INTO "usage" VALUES('1m887ps8zz5z5a5','step_ebxgptae5ssk',5,'turn_gebtnm1937cm','scripted/script',1.79557285200491786002e+09,1.79557285206298828123e+09,'tool_use',0,0,0,0,0,0,0.0002,0.0581,0.0125);
INSERT INTO "usage" VALUES('1m887psv2tzdxw1','step_9nd1fz4ztd0q',5,'turn_xcxk2xm5x2ft','scripted/script',1.79557285258854222292e+09,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE INDEX sessions_by_workspace ON sessions (workspace, changed_at);
CREATE INDEX prompts_waiting ON prompts (session_id) WHERE state = 'queued';
CREATE INDEX turns_in_order ON turns (session_id, seq, outcome);
CREATE INDEX approvals_open ON approvals (session_id, call_id) WHERE decided_at IS NULL;
CREATE INDEX questions_open ON questions (session_id) WHERE answered_at IS NULL;
COMMIT;
