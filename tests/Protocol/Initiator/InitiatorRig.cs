using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.InitiatorCore;

/// <summary>
/// An initiator's session core with a shell that records. A test plays the target: it lets logins succeed, answers, and looks at what was sent, the clock in hand.
/// </summary>
internal sealed class InitiatorRig : IInitiatorEffects, IInitiatorObserver
{
    public const uint FirstCmdSN = 50, FirstStatSN = 9000, Window = 64;
    public const ushort Tsih = 7;

    private readonly Dictionary<InitiatorConnection, Serial32> _statSN = [];

    public InitiatorRig(
        int level = 0,
        int connections = 1,
        InitiatorSessionOptions? options = null,
        SessionParameters? parameters = null,
        Func<InitiatorConnection, InitiatorLoginFailure?>? refuse = null)
    {
        Parameters = (parameters ?? new SessionParameters { DefaultTime2Wait = 2, DefaultTime2Retain = 20 }) with { ErrorRecoveryLevel = level, MaxConnections = connections };
        Session = new InitiatorSession((options ?? new InitiatorSessionOptions()) with { Connections = connections }, new Serial32(FirstCmdSN)) { Observer = this };
        Session.Open(Now, this);
        while (Connecting.TryPeek(out InitiatorConnection? connection))
        {
            if (refuse?.Invoke(connection) is { } failure)
            {
                Refuse(failure);
            }
            else
            {
                LogIn();
            }
        }
    }

    public InitiatorSession Session { get; }

    public SessionParameters Parameters { get; }

    public TimeSpan Now { get; private set; } = TimeSpan.FromHours(1);

    /// <summary>Connections that are to be opened.</summary>
    public Queue<InitiatorConnection> Connecting { get; } = new();

    public List<(InitiatorConnection Connection, InitiatorClose How)> Closed { get; } = [];

    public List<InitiatorNotice> Notices { get; } = [];

    public List<Deviation> Notes { get; } = [];

    /// <summary>What was sent, in order, with its connection.</summary>
    public List<(InitiatorConnection Connection, byte[] Bhs)> Sent { get; } = [];

    /// <summary>Every transition since the last look, as in the tables of RFC 7143 §8.</summary>
    public List<string> Path { get; } = [];

    /// <summary>ExpCmdSN that the target shows; null: everything that was sent.</summary>
    public Serial32? ExpCmdSN { get; set; }

    /// <summary>The last number of the window; null: as wide as usual.</summary>
    public Serial32? MaxCmdSN { get; set; }

    public InitiatorConnection C0 => Session.Connections.First(static it => it.Cid == 0);

    public InitiatorConnection C1 => Session.Connections.First(static it => it.Cid == 1);

    /// <summary>The next connection that is to be opened comes about, and its login succeeds.</summary>
    public InitiatorConnection LogIn()
    {
        InitiatorConnection connection = Connecting.Dequeue();
        InitiatorSession.OnTransportUp(connection);
        _statSN[connection] = new Serial32(FirstStatSN + (1000u * connection.Cid));
        InitiatorLoginOutcome outcome = new()
        {
            Tsih = Tsih,
            SessionParameters = Parameters,
            ConnectionParameters = ConnectionParameters.Default,
            NextStatSN = _statSN[connection],
            ExpCmdSN = ExpCmdSN ?? Session.Numbers.CmdSN,
            MaxCmdSN = MaxCmdSN ?? Session.Numbers.CmdSN + (Window - 1),
            Keys = [],
        };
        Session.OnLoggedIn(connection, outcome, Now, this);
        Drain();
        return connection;
    }

    /// <summary>The next connection that is to be opened comes about, and its login is refused.</summary>
    public void Refuse(InitiatorLoginFailure failure)
    {
        InitiatorConnection connection = Connecting.Dequeue();
        InitiatorSession.OnTransportUp(connection);
        Session.OnLoginFailed(connection, failure, Now, this);
        Drain();
    }

    public FakeInitiatorTask Write(int bytes = 4096, bool mayRepeat = true) => Submit(new FakeInitiatorTask { DataOut = new byte[bytes], MayRepeat = mayRepeat });

    public FakeInitiatorTask Read(int bytes = 4096, bool mayRepeat = true) => Submit(new FakeInitiatorTask { DataIn = new byte[bytes], MayRepeat = mayRepeat });

    public FakeInitiatorTask Submit(FakeInitiatorTask task)
    {
        Session.Submit(task, Now, this);
        Drain();
        return task;
    }

    public void Do(Action<InitiatorSession> action)
    {
        action(Session);
        Drain();
    }

    /// <summary>A PDU of the target. Its numbers are stamped; it takes a StatSN unless it says otherwise.</summary>
    public void Receive(InitiatorConnection connection, Action<Span<byte>> emit, byte[]? data = null, bool takesStatSN = true)
    {
        byte[] bhs = new byte[Bhs.Length];
        emit(bhs);
        Serial32 statSN = _statSN[connection];
        new TargetNumbers(statSN, ExpCmdSN ?? Session.Numbers.CmdSN, MaxCmdSN ?? Session.Numbers.CmdSN + (Window - 1)).Write(bhs);
        _statSN[connection] = takesStatSN ? statSN + 1 : statSN;
        Session.OnPdu(connection, bhs, data ?? [], landed: false, Now, this);
        Drain();
    }

    public void Answer(FakeInitiatorTask task, byte status = 0) => Receive(task.Connection!, new ScsiResponse(0, status, task.InitiatorTaskTag, 0, default, ResidualFlags.None, 0, 0).Emit);

    public void AskForData(FakeInitiatorTask task, uint length = 4096) =>
        Receive(task.Connection!, new ReadyToTransfer(0, task.InitiatorTaskTag, 77, default, 0, length).Emit, takesStatSN: false);

    /// <summary>Answers the last Logout Request.</summary>
    public void AnswerLogout(LogoutResponseCode code = LogoutResponseCode.Closed, ushort time2Wait = 0)
    {
        (InitiatorConnection carrier, byte[] bhs) = Sent.Last(static it => new BhsView(it.Bhs).Opcode == Opcode.LogoutRequest);
        Receive(carrier, new LogoutResponse(code, new BhsView(bhs).InitiatorTaskTag, time2Wait, 20).Emit);
    }

    public void Tell(InitiatorConnection connection, AsyncEvent what, ushort parameter1 = 0, ushort parameter2 = 0, ushort parameter3 = 0) =>
        Receive(connection, new AsyncMessage(0, what, 0, parameter1, parameter2, parameter3).Emit);

    public void Lose(InitiatorConnection connection) => Do(session => session.Lose(connection, "cut", Now, this));

    /// <summary>Lets time pass, with a tick at every moment that the core names.</summary>
    public void Pass(TimeSpan time)
    {
        TimeSpan until = Now + time;
        while (Session.Deadline <= until)
        {
            Now = Session.Deadline > Now ? Session.Deadline : Now;
            Do(session => session.Tick(Now, this));
        }

        Now = until;
    }

    /// <summary>PDUs of one kind, in order.</summary>
    public List<(InitiatorConnection Connection, byte[] Bhs)> SentOf(Opcode opcode) => Sent.FindAll(it => new BhsView(it.Bhs).Opcode == opcode);

    public List<(InitiatorConnection Connection, LogoutRequest Request)> Logouts => SentOf(Opcode.LogoutRequest).ConvertAll(static it =>
    {
        _ = LogoutRequest.Parse(new LogoutRequestView(it.Bhs), out LogoutRequest request);
        return (it.Connection, request);
    });

    public List<(InitiatorConnection Connection, TaskManagementRequest Request)> Functions => SentOf(Opcode.TaskManagementRequest).ConvertAll(static it =>
    {
        _ = TaskManagementRequest.Parse(new TaskManagementRequestView(it.Bhs), out TaskManagementRequest request);
        return (it.Connection, request);
    });

    /// <summary>The transitions since the last look.</summary>
    public string TakePath()
    {
        string path = string.Join(' ', Path);
        Path.Clear();
        return path;
    }

    void IInitiatorEffects.Connect(InitiatorConnection connection) => Connecting.Enqueue(connection);

    void IInitiatorEffects.Close(InitiatorConnection connection, InitiatorClose how, string why) => Closed.Add((connection, how));

    void IInitiatorEffects.Ended(InitiatorRequest request) => request.Release();

    void IInitiatorEffects.Raise(in InitiatorNotice notice) => Notices.Add(notice);

    void IInitiatorEffects.Note(InitiatorConnection connection, in Deviation deviation) => Notes.Add(deviation);

    void IInitiatorObserver.Moved(InitiatorConnection connection, InitiatorConnectionTransition transition) => Path.Add($"{connection.Cid}:{transition}");

    void IInitiatorObserver.Moved(InitiatorConnection connection, CleanupTransition transition) => Path.Add($"{connection.Cid}:{transition}");

    void IInitiatorObserver.Moved(InitiatorSession session, InitiatorSessionTransition transition) => Path.Add($"{transition}");

    private void Drain()
    {
        foreach (InitiatorConnection connection in _statSN.Keys)
        {
            PduBatch batch = connection.TakeOutgoing(new PduBatch());
            for (int i = 0; i < batch.Count; i++)
            {
                Sent.Add((connection, batch.Header(i).ToArray()));
            }

            batch.Recycle();
        }
    }
}
