using System.Diagnostics;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Text;
using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <summary>
/// A session at the target: the rules of the full feature phase (RFC 7143 §4.2, §7, §11). CmdSN, tasks and their data belong to it; StatSN belongs to
/// its connections. No socket, no clock, no waiting: every method takes the time and the effects it may use, and is called under <see cref="Gate"/>.
/// </summary>
/// <remarks>The parts: this file has the PDUs' way in; <c>.Commands</c> SCSI commands; <c>.DataOut</c> and <c>.DataRecovery</c> data from the initiator; <c>.Responses</c> data and status to it,
/// <c>.Retransmission</c> and <c>.Snack</c> the same again; <c>.Ordering</c> and <c>.TaskEnds</c> when tasks begin and end; <c>.Connections</c> their loss, <c>.Reassign</c> what their tasks do then; <c>.TaskManagement</c> with <c>.AbortTask</c>, <c>.Queries</c>, <c>.NexusReset</c>, <c>.FastAbort</c> and <c>.Fence</c>; <c>.AsyncMessages</c> what is told
/// unasked; <c>.Rest</c> what a quiet session lets go of; <c>.Logout</c> and <c>.Requests</c> the rest.</remarks>
public sealed partial class TargetSession
{
    private readonly Dictionary<uint, TargetTask> _tasks = [];
    private readonly List<TargetConnection> _connections = [];
    private readonly Queue<TargetTask> _waiting = new();
    private readonly CommandWindow _window;
    private readonly DataBudget _budget;
    private readonly TargetSessionOptions _options;
    private uint _nextTag;
    private Serial32 _toldMaxCmdSN;
    private TimeSpan _now;

    /// <summary>Makes a session that has no connection yet.</summary>
    /// <param name="tsih">Target session identifying handle, not 0.</param>
    /// <param name="type">Normal or discovery.</param>
    /// <param name="parameters">Negotiated session-wide values.</param>
    /// <param name="firstCmdSN">CmdSN that the full feature phase starts with.</param>
    /// <param name="options">Bounds and times.</param>
    public TargetSession(ushort tsih, SessionType type, SessionParameters parameters, Serial32 firstCmdSN, TargetSessionOptions options)
    {
        Tsih = tsih;
        Type = type;
        Parameters = parameters;
        _options = options;
        _window = new CommandWindow(firstCmdSN, options.WindowDepth);
        _toldMaxCmdSN = _window.MaxCmdSN;
        _budget = new DataBudget(options.DataBudgetBytes);
    }

    /// <summary>The lock that every call is made under. The shell takes it; the core never does.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Target session identifying handle.</summary>
    public ushort Tsih { get; }

    /// <summary>Normal or discovery.</summary>
    public SessionType Type { get; }

    /// <summary>Negotiated session-wide values.</summary>
    public SessionParameters Parameters { get; }

    /// <summary>The session is over: nothing is taken and nothing is sent.</summary>
    public bool Ended { get; private set; }

    /// <summary>Connections that are not free: those in use, and those that are lost and wait to be cleaned up.</summary>
    public IReadOnlyList<TargetConnection> Connections => _connections;

    /// <summary>Tasks that have not ended.</summary>
    public int TaskCount => _tasks.Count;

    /// <summary>Bytes of task data held now.</summary>
    public long DataBytes => _budget.Used;

    /// <summary>The command window.</summary>
    public CommandWindow Window => _window;

    /// <summary>Whatever the shell wants to find again with the session.</summary>
    public object? Shell { get; set; }

    /// <summary>
    /// Where the data segment of a PDU whose header has just arrived should be received: empty means wherever the shell likes. Otherwise the memory stays
    /// put until <see cref="OnPdu"/> or <see cref="ConnectionLost"/> of that connection, whatever becomes of the task.
    /// </summary>
    /// <param name="connection">The connection it came on.</param>
    /// <param name="header">BHS and AHS.</param>
    /// <param name="lengthBytes">DataSegmentLength, not 0.</param>
    public Memory<byte> PlanLanding(TargetConnection connection, ReadOnlySpan<byte> header, int lengthBytes) =>
        new BhsView(header).Opcode == Opcode.DataOut ? PlanDataOut(connection, header, lengthBytes) : default;

    /// <summary>A complete PDU has arrived.</summary>
    /// <param name="connection">The connection it came on.</param>
    /// <param name="header">BHS and AHS.</param>
    /// <param name="data">Its data segment; what is not taken over is the caller's to release.</param>
    /// <param name="now">The time.</param>
    /// <param name="effects">The shell.</param>
    public void OnPdu(TargetConnection connection, ReadOnlySpan<byte> header, ref DataSegment data, TimeSpan now, ITargetEffects effects)
    {
        _now = now;
        connection.Probe.OnPdu(now);
        EndLanding(connection, effects);
        if (!connection.Carries || _closingSession)
        {
            return; // RFC 7143 §11.14: nothing new may follow a logout, and nothing of it is answered
        }

        TrimStatuses(connection, effects);
        BhsView view = new(header);
        if (_resettingNexus && view.Opcode != Opcode.DataOut)
        {
            return; // RFC 7144 §6.3: the session is about to end, and what follows the reset goes with it
        }

        if (data.DigestError)
        {
            // RFC 7143 §7.8: whatever it is, it is answered with this reason and discarded as if it had not come.
            Deviate(connection, header, Deviation.Rejected(RejectReason.DataDigestError, "7143/7.8 data digest"), effects);
            if (view.Opcode == Opcode.DataOut && Type == SessionType.Normal)
            {
                OnSpoiltDataOut(connection, header, data.Length, effects);
            }

            return;
        }

        Take(connection, view, header, ref data, effects);
        if (_fence is not null)
        {
            StepFence(effects); // the PDU may have brought the acknowledgement that it waits for
        }
    }

    private void Take(TargetConnection connection, BhsView view, ReadOnlySpan<byte> header, ref DataSegment data, ITargetEffects effects)
    {
        switch (view.Opcode)
        {
            case Opcode.ScsiCommand when Type == SessionType.Normal:
                OnScsiCommand(connection, header, ref data, effects);
                break;
            case Opcode.DataOut when Type == SessionType.Normal:
                OnDataOut(connection, header, ref data, effects);
                break;
            case Opcode.TextRequest or Opcode.LogoutRequest:
            case Opcode.NopOut or Opcode.TaskManagementRequest when Type == SessionType.Normal:
                OnRequest(connection, header, ref data, effects);
                break;
            case Opcode.LoginRequest:
                Deviate(connection, header, Deviation.Rejected(RejectReason.ProtocolError, "7143/6.3 Login Request in full feature phase"), effects);
                break;
            case Opcode.SnackRequest when Type == SessionType.Normal:
                OnSnack(connection, header, effects);
                break;
            case Opcode.SnackRequest:
                Deviate(connection, header, Deviation.Rejected(RejectReason.CommandNotSupported, "7143/4.3 only Text and Logout in a discovery session"), effects);
                break;
            case Opcode.ScsiCommand or Opcode.TaskManagementRequest or Opcode.NopOut:
                DeviateNumbered(
                    connection,
                    header,
                    view.Immediate,
                    InitiatorNumbers.Read(header).CmdSN,
                    Deviation.Rejected(RejectReason.CommandNotSupported, "7143/4.3 only Text and Logout in a discovery session"),
                    effects);
                break;
            default:
                Deviate(connection, header, Deviation.Rejected(RejectReason.CommandNotSupported, "7143/11.2.1.2 opcode"), effects);
                break;
        }
    }

    /// <summary>The data of sent PDUs is out of memory: its share of the budget is free again.</summary>
    public void Credit(long bytes, ITargetEffects effects)
    {
        if (bytes > 0)
        {
            _budget.Credit(bytes);
            AdmitWaiting(effects);
            if (_rereads.Count > 0)
            {
                RereadNext(effects);
            }
        }
    }

    /// <summary>Looks at the clock: silent peers, unfinished logouts, initiators that do not answer R2Ts.</summary>
    public void OnTick(TimeSpan now, ITargetEffects effects)
    {
        _now = now;
        foreach (TargetConnection connection in _connections)
        {
            // A logout has a deadline of its own, and the initiator says nothing while it waits for the answer.
            if (connection.Carries)
            {
                Probe(connection, now, effects);
            }
        }

        CheckSequences(now, effects);
        CheckDeadlines(now, effects);
        CheckFenceDeadline(now, effects);
        CheckCleanup(now, effects);
    }

    private void Probe(TargetConnection connection, TimeSpan now, ITargetEffects effects)
    {
        // No NOP-In in a discovery session (RFC 7143 §4.3): one that nobody uses is closed when its time is up.
        bool answers = Type == SessionType.Normal;
        switch (connection.Probe.OnTick(now))
        {
            case ProbeVerdict.Ping when answers:
                SendPing(connection);
                break;
            case ProbeVerdict.Dead:
                effects.Close(connection, CloseKind.Now, answers ? "the initiator does not answer pings" : "the discovery session was not used");
                break;
        }
    }

    /// <summary>
    /// Lets the shell wait until no ended task is with the device server any more. Until then a write of such a task may still reach the disk, and must not meet
    /// a newer one.
    /// </summary>
    public void AwaitEndedTasks(EndWait wait, ITargetEffects effects)
    {
        foreach (TargetTask task in Matching(static task => task.Aborted))
        {
            WaitFor(task, wait);
        }

        ReleaseOperation(wait, effects);
    }

    /// <summary>Ends a session that was opened for a login whose connection did not live to join it (RFC 7143 §8.3.4, N9).</summary>
    public void AbandonIfEmpty(string why, ITargetEffects effects)
    {
        if (State == SessionState.Active)
        {
            End(why, effects);
        }
    }

    /// <summary>A PDU has lengths that are refused: a format error, which ends the session (RFC 7143 §7.7).</summary>
    public void OnUnreadable(TargetConnection connection, string rule, ITargetEffects effects)
    {
        if (!connection.IsUp)
        {
            effects.Close(connection, CloseKind.Now, rule);
            return; // it is no longer the session's
        }

        effects.Note(connection, Deviation.Fatal(rule));
        Terminate(rule, CloseKind.Now, SessionEnding.Failure, effects);
    }

    /// <summary>
    /// A header digest is wrong (RFC 7143 §7.8): where the next PDU begins is not known any more, so the connection is closed. The session goes on like after any other loss.
    /// </summary>
    public static void OnHeaderDigestError(TargetConnection connection, ITargetEffects effects)
    {
        const string rule = "7143/7.8 header digest";
        if (connection.IsUp)
        {
            effects.Note(connection, Deviation.Lost(rule));
        }

        effects.Close(connection, CloseKind.Now, rule);
    }

    /// <summary>The shell has given up sending on a connection: what waits there is dropped.</summary>
    public void DropOutgoing(TargetConnection connection, ITargetEffects effects) => Credit(connection.DropOutgoing(), effects);

    /// <summary>Ends the session: every task, every connection.</summary>
    /// <param name="why">For the log.</param>
    /// <param name="kind">How its connections are closed.</param>
    /// <param name="ending">What it is to the states of RFC 7143 §8.</param>
    /// <param name="effects">The shell.</param>
    public void Terminate(string why, CloseKind kind, SessionEnding ending, ITargetEffects effects)
    {
        if (Ended)
        {
            return;
        }

        if (ending == SessionEnding.Failure)
        {
            foreach (TargetConnection connection in _connections.Where(static connection => connection.IsUp).ToArray())
            {
                TakeDown(connection, effects);
                Close(connection, kind, why, effects);
            }

            CheckFailure(why);
        }

        CloseSession(why, kind, effects);
    }

    /// <summary>Ends a session that has no connection before its time is up, because its room is needed. Nothing happens when it has one again.</summary>
    public void GiveUp(ITargetEffects effects)
    {
        if (State == SessionState.Failed)
        {
            CloseSession("its room was needed", CloseKind.Now, effects);
        }
    }

    // Every connection is free and the session over (RFC 7143 §8.1.2 T8, T13, T18; §8.2.2 M1, M4).
    private void CloseSession(string why, CloseKind kind, ITargetEffects effects)
    {
        foreach (TargetConnection connection in _connections.ToArray())
        {
            if (connection.IsUp)
            {
                connection.Move(connection.State switch
                {
                    ConnectionState.LoggedIn => ConnectionTransition.T8,
                    ConnectionState.LogoutRequested => ConnectionTransition.T18,
                    _ => ConnectionTransition.T13,
                });
                Close(connection, kind, why, effects);
            }
            else
            {
                connection.Move(connection.Cleanup == CleanupState.InCleanup ? CleanupTransition.M4 : CleanupTransition.M1);
            }

            EndTasksOf(connection, tell: false, effects);
            Discard(connection, effects);
        }

        foreach (TargetConnection connection in _free.ToArray())
        {
            EndTasksOf(connection, tell: false, effects);
            ForgetAnsweredOf(connection, effects);
        }

        _free.Clear();
        End(why, effects);
    }

    internal TargetNumbers WindowNumbers(Serial32 statSN)
    {
        _toldMaxCmdSN = _window.MaxCmdSN;
        return new(statSN, _window.ExpCmdSN, _toldMaxCmdSN);
    }

    // RFC 7143 §11.4.11: an initiator whose window has opened, and to whom nothing else goes out that says so, is told by a NOP-In.
    private void TellWindow()
    {
        if (_window.MaxCmdSN != _toldMaxCmdSN && _connections.Find(static connection => connection.State == ConnectionState.LoggedIn) is { } connection)
        {
            Span<byte> bhs = connection.Outgoing.Add();
            new NopIn(0, Bhs.ReservedTag, Bhs.ReservedTag).Emit(bhs);
            connection.StampNext(bhs);
        }
    }

    private void End(string why, ITargetEffects effects)
    {
        if (Ended)
        {
            return;
        }

        Ended = true;
        Move(State switch
        {
            SessionState.Active => SessionTransition.N9,
            SessionState.Failed => SessionTransition.N6,
            SessionState.InContinue => SessionTransition.N11,
            _ => SessionTransition.N3,
        });
        effects.SessionEnded(this, why);
    }

    // A copy, because ending a task changes the table.
    private List<TargetTask> Matching(Predicate<TargetTask> wanted)
    {
        List<TargetTask> matching = [];
        foreach (TargetTask task in _tasks.Values)
        {
            if (wanted(task))
            {
                matching.Add(task);
            }
        }

        return matching;
    }

    private uint NewTag()
    {
        if (++_nextTag == Bhs.ReservedTag)
        {
            _nextTag = 0;
        }

        return _nextTag;
    }

    // What follows when a PDU breaks a rule.
    private void Deviate(TargetConnection connection, ReadOnlySpan<byte> header, in Deviation deviation, ITargetEffects effects)
    {
        effects.Note(connection, deviation);
        switch (deviation.Action)
        {
            case DeviationAction.Ignore or DeviationAction.DropConnection:
                break;
            case DeviationAction.Reject:
                SendReject(connection, header, deviation.Reason, effects);
                break;
            case DeviationAction.DropSession:
                Terminate(deviation.Rule, CloseKind.Now, SessionEnding.Failure, effects);
                break;
            default:
                throw new UnreachableException();
        }
    }

    // A numbered request that is rejected counts as not received: the initiator closes the gap (RFC 7143 §7.3). Outside the window it is ignored like any other.
    private void DeviateNumbered(TargetConnection connection, ReadOnlySpan<byte> header, bool immediate, Serial32 cmdSN, in Deviation deviation, ITargetEffects effects)
    {
        bool ignored = !immediate && deviation.Action == DeviationAction.Reject && !_window.Misses(cmdSN);
        Deviate(connection, header, ignored ? Deviation.Ignored(deviation.Rule) : deviation, effects);
    }

    // The same for a request that was delivered before it showed what is wrong with it.
    private void DeviateDelivered(TargetConnection connection, ReadOnlySpan<byte> header, in Deviation deviation, ITargetEffects effects)
    {
        if (!new BhsView(header).Immediate)
        {
            _window.TakeBack();
        }

        Deviate(connection, header, deviation, effects);
    }
}
