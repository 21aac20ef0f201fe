using Blockwire.Scsi;
using System.Buffers;
using Blockwire.Protocol.Login;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Scsi.Device;
using LoginStatus = Blockwire.Wire.LoginStatus;

namespace Blockwire.Target;

/// <summary>A session of the running server: the core, the nexus that it is to the device server, and the loops of its connections.</summary>
internal sealed class ServedSession : ISessionObserver
{
    private readonly Stack<CommandTask> _idleTasks = new();
    private readonly ServerContext _server;
    private readonly Dictionary<ushort, LoginDirectory> _seats = []; // by CID: logins that were let in and are being answered
    private ConnectionLoop[] _loops = [];
    private bool _rests;

    public ServedSession(ServerContext server, TargetNode node, in LoginCandidate candidate, SessionKey key, ushort tsih)
    {
        _server = server;
        Node = node;
        InitiatorName = candidate.InitiatorName;
        AuthenticatedName = candidate.AuthenticatedName;
        Core = new TargetSession(tsih, candidate.SessionType, candidate.Session, candidate.FirstCmdSN, server.SessionOptions) { Shell = this, Observer = this };
        Nexus = new Nexus(candidate.InitiatorName, candidate.Isid, server.RelativePortOf(candidate.PortalGroupTag), candidate.PortalGroupTag)
        {
            ProtocolLevel = candidate.Session.ProtocolLevel,
        };
        Key = key;
    }

    public TargetSession Core { get; }

    public TargetNode Node { get; }

    public Nexus Nexus { get; }

    public string InitiatorName { get; }

    /// <summary>The name that the leading login proved, or null.</summary>
    public string? AuthenticatedName { get; }

    /// <summary>What a later login must match to reinstate this session.</summary>
    public SessionKey Key { get; }

    public MemoryPool<byte> Pool => _server.Pool;

    public TimeSpan Now => _server.Now;

    public bool MemoryIsTight => _server.Pool.RentedBytes > _server.Options.MemoryLimitBytes;

    /// <summary>When its last connection was lost; null while it has one.</summary>
    public TimeSpan? FailedAt { get; private set; }

    public IReadOnlyList<ConnectionLoop> Loops => Volatile.Read(ref _loops);

    /// <summary>What must be over before the first command may run: tasks of a former session or connection of the same initiator port that are still with the disk.</summary>
    public Task Predecessors { get; set; } = Task.CompletedTask;

    /// <summary>What a login with this CID would be told: it may join, or reinstate the connection of that CID (RFC 7143 §6.3.4). Called under the core's lock.</summary>
    public LoginStatus StatusFor(ushort cid)
    {
        if (Core.Ended || Core.IsClosing)
        {
            return LoginStatus.SessionDoesNotExist;
        }

        TargetConnection? former = Core.Connections.FirstOrDefault(connection => connection.Cid == cid);
        bool replaces = _seats.ContainsKey(cid) || former is { State: not ConnectionState.CleanupWait };
        bool hasRoom = Core.LiveConnections + _seats.Count < Core.Parameters.MaxConnections && (former is not null || !Core.IsFullOfLostConnections);
        return replaces || hasRoom ? LoginStatus.Success : LoginStatus.TooManyConnections;
    }

    /// <summary>
    /// Keeps a place for a login that has been let in, until its answer is out: of two with one CID the later has it. Called under the core's lock.
    /// </summary>
    /// <returns>True when an earlier login had it.</returns>
    public bool TakeSeat(ushort cid, LoginDirectory login)
    {
        bool taken = _seats.ContainsKey(cid);
        _seats[cid] = login;
        return taken;
    }

    /// <summary>Gives the place up. False when a later login of the same CID has it. Called under the core's lock.</summary>
    public bool LeaveSeat(ushort cid, LoginDirectory login) =>
        _seats.TryGetValue(cid, out LoginDirectory? holder) && holder == login && _seats.Remove(cid);

    /// <summary>A login that was let in has come to nothing; with nobody else about, neither has the session.</summary>
    public void GiveUpLogin(ushort cid, LoginDirectory login) => Do((core, turn) =>
    {
        if (LeaveSeat(cid, login))
        {
            core.FailJoin(cid, _server.Now, turn);
        }

        if (_seats.Count == 0)
        {
            core.AbandonIfEmpty("its login was not answered", turn);
        }
    });

    /// <summary>Completes when no ended task is with the disk any more.</summary>
    public Task DrainAsync()
    {
        DrainWait wait = new();
        Do((core, turn) => core.AwaitEndedTasks(wait, turn));
        return wait.Over;
    }

    /// <summary>Calls the core under its lock, then carries out what it asked for and sends what it queued.</summary>
    public void Do(Action<TargetSession, Turn> action)
    {
        Turn turn = Turn.Rent(this);
        lock (Core.Gate)
        {
            action(Core, turn);
        }

        turn.RunAndReturn();
        Flush();
    }

    /// <summary>Sends what waits on any connection of the session; does not wait for it.</summary>
    public void Flush()
    {
        foreach (ConnectionLoop loop in Volatile.Read(ref _loops))
        {
            loop.FlushInBackground();
        }
    }

    /// <summary>Adds the loop of a connection. Called under the core's lock.</summary>
    public void Add(ConnectionLoop loop) => Volatile.Write(ref _loops, [.. _loops, loop]);

    /// <summary>Removes the loop of a connection. Called under the core's lock.</summary>
    public void Remove(ConnectionLoop loop) => Volatile.Write(ref _loops, [.. _loops.Where(other => other != loop)]);

    public CommandTask NewTask()
    {
        _rests = false;
        return _idleTasks.TryPop(out CommandTask? task) ? task : new CommandTask(this);
    }

    /// <summary>Looks at the clock, and lets go of what a quiet session does not need. Allocates nothing: thousands of sessions have a tick a second.</summary>
    public void Tick(TimeSpan now)
    {
        Turn turn = Turn.Rent(this);
        lock (Core.Gate)
        {
            TickLocked(now, turn);
        }

        turn.RunAndReturn();
        Flush();
    }

    private void TickLocked(TimeSpan now, Turn turn)
    {
        Core.OnTick(now, turn);
        if (!_rests && Core.IsQuiet(now))
        {
            _rests = true;
            Core.Rest();
            foreach (ConnectionLoop loop in _loops)
            {
                loop.Rest();
            }

            // One stays for initiators that only look now and then whether the unit is ready.
            while (_idleTasks.Count > 1)
            {
                _idleTasks.Pop();
            }

            _idleTasks.TrimExcess();
        }
    }

    public void Recycle(CommandTask task)
    {
        // The cancellation is carried out after the lock is left, and must not meet the next command in the same object.
        if (!task.CancellationRequested)
        {
            _idleTasks.Push(task);
        }
    }

    public TaskPlan Prepare(CommandTask task)
    {
        ScsiCommand command = task.Command;
        command.Begin(Nexus, task.Lun, task.Cdb, (TaskAttribute)task.Attribute);
        command.Priority = task.Priority;
        command.DataOutOffered = task.ExpectedDataOut;

        // A data digest is computed over the data before it is sent: pages that may change meanwhile cannot be lent.
        // At recovery level 2 the connection that will carry it is not certain. Lent memory is for system calls only, never for a copy of our own.
        command.AllowLending = task.Connection.Parameters.DataDigest == DigestKind.None
            && Core.Parameters.ErrorRecoveryLevel < 2
            && ((ConnectionLoop)task.Connection.Shell!).SendsInPlace;
        bool goOn = Node.Device.Prepare(command);
        if (!goOn)
        {
            task.TakeResult();
        }

        return new TaskPlan(goOn, command.DataOutWanted, command.DataInPlanned, command.CompletesInline, command.CanRunAgain);
    }

    /// <summary>A command that ran somewhere else is over.</summary>
    public void OnCommandCompleted(CommandTask task)
    {
        try
        {
            Turn turn = Turn.Rent(this);
            lock (Core.Gate)
            {
                Finish(task, turn);
            }

            turn.RunAndReturn();
            Flush();
        }
        catch (Exception defect)
        {
            // Nobody waits for a command that ran elsewhere: unhandled, a defect here would end the process. The session ends instead.
            _server.Log.SessionDefect(defect, Core.Tsih, InitiatorName);
            Break();
        }
    }

    /// <summary>Tasks that an auto contingent allegiance blocked may go on.</summary>
    public void GoOn()
    {
        try
        {
            Do(static (core, turn) => core.GoOn(turn));
        }
        catch (Exception defect)
        {
            // On a thread of the pool, where a defect of one session would end the process.
            _server.Log.SessionDefect(defect, Core.Tsih, InitiatorName);
            Break();
        }
    }

    /// <summary>The core has failed: its connections are reset, and the session is forgotten whatever state it is in.</summary>
    public void Break()
    {
        foreach (ConnectionLoop loop in Loops)
        {
            loop.RequestClose(CloseKind.Now, "failed inside the server");
        }

        OnEnded("failed inside the server");
    }

    /// <summary>Brings a result to the core. Called under its lock.</summary>
    public void Finish(CommandTask task, Turn turn)
    {
        if (task.Defect is { } defect && !task.Aborted)
        {
            _server.Log.CommandFailed(defect, InitiatorName, task.Cdb[0]);
        }

        task.TakeResult();
        Core.Complete(task, turn);
    }

    /// <summary>The tasks that an operation waited for have ended; it may be an operation of another session.</summary>
    public static void FinishOperation(EndWait operation)
    {
        if (operation is DrainWait drain)
        {
            drain.Complete();
            return;
        }

        ServedSession owner = (ServedSession)operation.AnswersOn!.Session.Shell!;
        owner.Do((core, turn) => core.Finish(operation, turn));
    }

    void ISessionObserver.Moved(TargetConnection connection, ConnectionTransition transition)
    {
    }

    void ISessionObserver.Moved(TargetConnection connection, CleanupTransition transition)
    {
    }

    void ISessionObserver.Moved(TargetSession session, SessionTransition transition)
    {
        if (transition == SessionTransition.N5)
        {
            FailedAt = Now;
            if (session.Retention > TimeSpan.Zero)
            {
                _server.Log.SessionFailed(session.Tsih, InitiatorName, Node.Name, session.WhyFailed, (int)session.Retention.TotalSeconds);
            }
        }
        else if (transition == SessionTransition.N10)
        {
            FailedAt = null;
        }
    }

    /// <summary>The core is over: the TSIH is free and the nexus is lost.</summary>
    public void OnEnded(string why)
    {
        if (Node.Remove(this))
        {
            _server.Log.SessionClosed(Core.Tsih, InitiatorName, Node.Name, why);
        }
    }
}
