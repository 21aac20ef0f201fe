using System.Buffers;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Protocol.Text;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>
/// A session core with a shell that records. Requests are numbered as an initiator would; what is sent is checked for its numbers and kept; what takes time
/// happens when a test says so.
/// </summary>
#pragma warning disable CA1001 // the pool holds nothing but a count
internal sealed partial class SessionRig : ITargetEffects, ISendTargets
{
    public const ulong Unit0 = 0, Unit3 = 3UL << 48, FlatUnit3 = Unit3 | (1UL << 62), NoUnit = 9UL << 48;
    public const uint FirstCmdSN = 100, FirstStatSN = 7000;

    private readonly CountingPool _pool = new();
    private readonly Queue<Action> _later = new();
    private readonly Stack<FakeTask> _recycled = new();
    private readonly Dictionary<TargetConnection, uint> _nextStatSN = [];
    private readonly Dictionary<TargetConnection, Serial32> _maxCmdSN = [];
    private uint _nextTag = 1;

    public SessionRig(SessionParameters? parameters = null, ConnectionParameters? connection = null, TargetSessionOptions? options = null, uint firstCmdSN = FirstCmdSN, SessionType type = SessionType.Normal, ushort tsih = 5)
    {
        ConnectionDefaults = connection ?? ConnectionParameters.Default;
        Options = options ?? new TargetSessionOptions { WindowDepth = 16 };
        Session = new TargetSession(tsih, type, parameters ?? SessionParameters.Default, new Serial32(firstCmdSN), Options) { Observer = States, Shell = this };
        CmdSN = firstCmdSN;
        Connection = AddConnection(0);
    }

    public TargetSession Session { get; }

    public TargetSessionOptions Options { get; }

    public ConnectionParameters ConnectionDefaults { get; }

    public TargetConnection Connection { get; set; }

    public TimeSpan Now { get; set; } = TimeSpan.FromHours(1);

    /// <summary>CmdSN of the next request that is not immediate.</summary>
    public uint CmdSN { get; set; }

    /// <summary>Commands run to their end as soon as they are started.</summary>
    public bool AutoComplete { get; set; } = true;

    /// <summary>Each request acknowledges everything that was sent on its connection; else <see cref="ExpStatSN"/>.</summary>
    public bool AcknowledgesAll { get; set; } = true;

    public uint ExpStatSN { get; set; } = FirstStatSN;

    /// <summary>Responses may come again with the number that they had.</summary>
    public bool ExpectRepeats { get; set; }

    /// <summary>What is queued stays queued.</summary>
    public bool HoldSends { get; set; }

    public List<SentPdu> Sent { get; } = [];

    /// <summary>Tasks in the order in which the device server saw them.</summary>
    public List<uint> Delivered { get; } = [];

    public List<FakeTask> Executing { get; } = [];

    /// <summary>Tasks that were executed once more for their data.</summary>
    public List<uint> Reread { get; } = [];

    /// <summary>The task that last had a tag, once it was delivered.</summary>
    public Dictionary<uint, TargetTask> Tasks { get; } = [];

    /// <summary>What each write command brought, by task tag.</summary>
    public Dictionary<uint, byte[]> Written { get; } = [];

    public List<(TargetConnection Connection, CloseKind Kind, string Why)> Closed { get; } = [];

    /// <summary>Units whose tasks a reinstatement ended.</summary>
    public List<ulong> EndedByTransport { get; } = [];

    public List<Deviation> Notes { get; } = [];

    /// <summary>What the device server has to say about each unit when asked for events.</summary>
    public Dictionary<ulong, int> PendingEvents { get; } = [];

    public List<TaskManagementOperation> ReachedOut { get; } = [];

    /// <summary>Sessions of other initiators with the same target: functions reach them.</summary>
    public List<SessionRig> Others { get; } = [];

    /// <summary>Units with a unit attention that the nexus has not heard of.</summary>
    public HashSet<ulong> Attentions { get; } = [];

    /// <summary>Units with an auto contingent allegiance.</summary>
    public HashSet<ulong> Allegiances { get; } = [];

    /// <summary>Units with TAS = 1.</summary>
    public HashSet<ulong> AnsweringAborted { get; } = [];

    /// <summary>What the device server says when a task ends with another status than GOOD: whether the others are to be ended.</summary>
    public Func<TargetTask, bool> WhenEnded { get; set; } = static _ => false;

    /// <summary>Refuses every command, as it says; null refuses none.</summary>
    public Action<TargetTask>? Refusing { get; set; }

    /// <summary>Tasks of whose end the device server has heard, with their status.</summary>
    public List<(uint Itt, byte Status)> EndedWith { get; } = [];

    public string? EndedWhy { get; private set; }

    public bool EverythingClosed { get; private set; }

    public MemoryPool<byte> Pool => _pool;

    /// <summary>The whole server is short of memory.</summary>
    public bool MemoryIsTight { get; set; }

    public int Rented => _pool.Outstanding;

    public TargetConnection AddConnection(ushort cid, uint firstStatSN = FirstStatSN, ConnectionParameters? parameters = null)
    {
        TargetTextExchange text = new(new TextSessionFacts(Session.Type, "iqn.2026-11.local.test:t"), this, TextLimits.Default);
        TargetConnection connection = Session.AddConnection(cid, parameters ?? ConnectionDefaults, new Serial32(firstStatSN), text, Now, this);
        _nextStatSN[connection] = firstStatSN;
        return connection;
    }

    /// <summary>What the states of RFC 7143 §8 went through.</summary>
    public StateRecorder States { get; } = new();

    /// <summary>The transport of a connection is gone.</summary>
    public void Lose(TargetConnection connection, string why = "reset") => Do(session => session.ConnectionLost(connection, why, Now, this));

    /// <summary>The transport of a connection is gone, and nobody does anything about it in time.</summary>
    public void LoseForGood(TargetConnection connection, string why = "reset")
    {
        Lose(connection, why);
        if (Session.State != SessionState.Free)
        {
            Tick(Retention);
        }
    }

    /// <summary>How long a lost connection is kept.</summary>
    public TimeSpan Retention => Session.Retention;

    /// <summary>A login with the CID of a connection is let in and answered.</summary>
    public TargetConnection Reinstate(ushort cid)
    {
        Do(session => session.BeginJoin(cid, Now, this));
        TargetConnection connection = AddConnection(cid);
        Settle();
        return connection;
    }

    /// <summary>A PDU arrives on <see cref="Connection"/>. With <paramref name="land"/> its data goes where the session wants it, as from a socket.</summary>
    public void Receive(byte[] header, byte[]? data = null, bool digestError = false, bool land = false)
    {
        byte[] bytes = data is null ? [] : [.. data];
        Bhs.SetLengths(header, header.Length - Bhs.Length, bytes.Length);
        Memory<byte> landing = land && bytes.Length > 0 ? Session.PlanLanding(Connection, header, bytes.Length) : default;
        bytes.CopyTo(landing.IsEmpty ? bytes : landing);
        Finish(header, landing.IsEmpty ? DataSegment.Borrowed(bytes, digestError) : DataSegment.InPlace(landing, digestError));
        bytes.AsSpan().Fill(0xEE); // the receive buffer is used again
        header.AsSpan().Fill(0xEE);
    }

    /// <summary>A PDU whose data has arrived already.</summary>
    public void Finish(byte[] header, DataSegment segment)
    {
        Session.OnPdu(Connection, header, ref segment, Now, this);
        Settle();
        segment.Release();
    }

    public void Tick(TimeSpan later)
    {
        Now += later;
        Session.OnTick(Now, this);
        Settle();
    }

    /// <summary>The device is done with a task.</summary>
    public void CompleteTask(FakeTask task)
    {
        Assert.True(Executing.Remove(task));
        FillResult(task);
        Session.Complete(task, this);
        Settle();
    }

    public void CompleteTask(uint itt) => CompleteTask(Executing.Single(task => task.InitiatorTaskTag == itt));

    public void CompleteAll()
    {
        while (Executing.Count > 0)
        {
            CompleteTask(Executing[0]);
        }
    }

    public void Do(Action<TargetSession> action)
    {
        action(Session);
        Settle();
    }

    /// <summary>Carries out what was put off, and takes what waits to be sent.</summary>
    public void Settle()
    {
        do
        {
            while (_later.TryDequeue(out Action? action))
            {
                action();
            }

            if (!HoldSends)
            {
                Flush();
            }
        }
        while (_later.Count > 0);
    }

    /// <summary>Sends everything that waits.</summary>
    public void Flush()
    {
        foreach (TargetConnection connection in _nextStatSN.Keys.ToArray())
        {
            while (connection.HasOutgoing)
            {
                PduBatch batch = connection.TakeOutgoing(new PduBatch());
                batch.Seal(headerDigest: false, dataDigest: false);
                for (int i = 0; i < batch.Count; i++)
                {
                    Note(connection, new SentPdu(connection.Cid, batch.Header(i).ToArray(), batch.Data(i).ToArray()));
                }

                long charge = batch.Charge;
                batch.Recycle();
                Session.Credit(charge, this);
            }
        }
    }

    /// <summary>Everything that came since the last call.</summary>
    public List<SentPdu> Take()
    {
        List<SentPdu> taken = [.. Sent];
        Sent.Clear();
        return taken;
    }

    /// <summary>The one PDU that came since the last call.</summary>
    public SentPdu TakeOne() => Assert.Single(Take());

    public SentPdu Single(Opcode opcode) => Assert.Single(Sent, pdu => pdu.Opcode == opcode);

    /// <summary>Nothing is left of any task, and the command window is open as wide as at the beginning.</summary>
    public void AssertNothingLeaks(bool windowOpen = true)
    {
        Assert.Empty(Executing);
        Assert.Equal(0, Session.TaskCount);
        Assert.Equal(0, Session.DataBytes);
        Assert.Equal(0, Session.AnsweredCount);
        Assert.Equal(0, Session.KeptBytes);
        Assert.Equal(0, Rented);
        Assert.Equal(0, Session.Window.Running);
        if (windowOpen)
        {
            Assert.Equal(0, Session.Window.HeldCount);
            Assert.Equal((uint)Options.WindowDepth - 1, Session.Window.MaxCmdSN - Session.Window.ExpCmdSN);
        }
    }

    /// <summary>Is this sense data of the kind, with the length field before it?</summary>
    public static void AssertSense(SentPdu pdu, byte key, byte code, byte qualifier)
    {
        Assert.Equal(2, pdu.Response.Status);
        Assert.Equal<byte[]>([0, 3, key, code, qualifier], pdu.Data);
    }

    public static byte[] Bytes(int length, int seed = 1)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    // RFC 7143 §4.2.2: StatSN counts by one, MaxCmdSN never goes back.
    private void Note(TargetConnection connection, SentPdu pdu)
    {
        TargetNumbers numbers = pdu.Numbers;
        bool again = ExpectRepeats && pdu.CountsStatus && numbers.StatSN < new Serial32(_nextStatSN[connection]);
        if (!again && (pdu.Opcode != Opcode.DataIn || pdu.CountsStatus))
        {
            Assert.Equal(_nextStatSN[connection], numbers.StatSN.Value);
        }

        if (pdu.CountsStatus && !again)
        {
            _nextStatSN[connection]++;
        }

        if (_maxCmdSN.TryGetValue(connection, out Serial32 before))
        {
            Assert.True(Serial32.Distance(before, numbers.MaxCmdSN) >= 0, "MaxCmdSN went back");
        }

        Assert.True(Serial32.Distance(numbers.ExpCmdSN, numbers.MaxCmdSN) >= -1, "MaxCmdSN is less than ExpCmdSN - 1");
        _maxCmdSN[connection] = numbers.MaxCmdSN;
        Sent.Add(pdu);
    }
}
