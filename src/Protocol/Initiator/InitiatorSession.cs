using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Wire;

namespace Blockwire.Protocol.Initiator;

/// <summary>
/// A session with a target, as the initiator sees it: tasks, command numbers, connections, and what is done when one of them is lost (RFC 7143 §4.2, §7, §8). It outlives
/// its TSIH: when all is lost it asks for a new session, and begins anew what may be repeated.
/// </summary>
/// <remarks>
/// A core: no socket, no clock, no await. Every call is made under <see cref="Gate"/> and gets the time and the effects. The parts: what is sent (<c>.Sending</c>), what
/// comes (<c>.Receiving</c>, <c>.Requests</c>, <c>.Events</c>), lost PDUs (<c>.Snacks</c>), task management (<c>.Functions</c>), logouts (<c>.Logout</c>), connections and
/// their loss (<c>.Connections</c>, <c>.Recovery</c>), the session's own loss (<c>.Renewal</c>), time (<c>.Time</c>).
/// </remarks>
public sealed partial class InitiatorSession
{
    // A connection that is given up stops receiving within moments.
    private static readonly TimeSpan _landingPause = TimeSpan.FromMilliseconds(5);

    private readonly RequestTable _requests = new();
    private readonly TaskQueue _waiting = new();
    private readonly List<InitiatorConnection> _connections = [];
    private int _inFlight;
    private bool _isClosing;
    private InitiatorLogout? _sessionLogout;
    private bool _isOver;
    private bool _failsFast;
    private string _why = "";

    /// <summary>A session that has not begun; see <see cref="Open"/>.</summary>
    /// <param name="options">Checked.</param>
    /// <param name="firstCmdSN">Where numbers begin; the target is told in the leading login (RFC 7143 §11.12.8).</param>
    public InitiatorSession(InitiatorSessionOptions options, Serial32 firstCmdSN = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options.Validated();
        Numbers.Begin(firstCmdSN);
    }

    /// <summary>The session's lock.</summary>
    public Lock Gate { get; } = new();

    /// <summary>How it behaves.</summary>
    public InitiatorSessionOptions Options { get; }

    /// <summary>State of RFC 7143 §8.3.1.</summary>
    public InitiatorSessionState State { get; private set; }

    /// <summary>Hears of every transition.</summary>
    public IInitiatorObserver? Observer { get; set; }

    /// <summary>TSIH that the target gave; 0 while there is none.</summary>
    public ushort Tsih { get; private set; }

    /// <summary>What was negotiated for the session.</summary>
    public SessionParameters Parameters { get; private set; } = SessionParameters.Default;

    /// <summary>CmdSN, and the target's window.</summary>
    public CommandNumbers Numbers { get; } = new();

    /// <summary>Connections in any state but S1.</summary>
    public IReadOnlyList<InitiatorConnection> Connections => _connections;

    /// <summary>Commands that are sent and not answered.</summary>
    public int InFlight => _inFlight;

    /// <summary>Commands that wait to be sent.</summary>
    public int WaitingCount => _waiting.Count;

    /// <summary>Closed, or given up for good: nothing is taken any more.</summary>
    public bool IsOver => _isOver;

    /// <summary>Recovery level in force (RFC 7143 §7.1.5).</summary>
    public int Level => Parameters.ErrorRecoveryLevel;

    /// <summary>Begins: asks for the leading connection.</summary>
    public void Open(TimeSpan now, IInitiatorEffects effects) => ConnectLeading(now, effects);

    /// <summary>Takes a command on. It ends through <see cref="IInitiatorEffects.Ended"/>, whatever happens.</summary>
    public void Submit(InitiatorTask task, TimeSpan now, IInitiatorEffects effects)
    {
        task.Begin();
        if (_isOver || _isClosing)
        {
            EndUnsent(task, RequestEnd.Closed, _why.Length > 0 ? _why : "the session is closed", effects);
        }
        else if (_failsFast)
        {
            EndUnsent(task, RequestEnd.NoSession, _why, effects);
        }
        else
        {
            _waiting.AddLast(task);
            Dispatch(now, effects);
        }
    }

    /// <summary>The caller does not want a command any more: it is taken back, or aborted at the target (RFC 7143 §11.5.1). Does nothing when it has ended.</summary>
    public void Cancel(InitiatorTask task, TimeSpan now, IInitiatorEffects effects) => Abort(task, RequestEnd.Aborted, "it was cancelled", now, effects);

    /// <summary>Where it stands, in words for logs and tests.</summary>
    public override string ToString() =>
        $"session {Tsih:X4}, {State}, {_inFlight} commands under way, {_waiting.Count} wait, CmdSN {Numbers.CmdSN}, ExpCmdSN {Numbers.ExpCmdSN}, MaxCmdSN {Numbers.MaxCmdSN}";

    private void Move(InitiatorSessionTransition transition)
    {
        State = InitiatorSessionStates.Next(State, transition);
        Observer?.Moved(this, transition);
    }

    /// <summary>RFC 7143 §11.14: nothing follows the Logout Request of a session, on none of its connections (L8).</summary>
    private bool IsQuiet => _isClosing || _sessionLogout is not null;

    private void Dispatch(TimeSpan now, IInitiatorEffects effects)
    {
        if (IsQuiet || State != InitiatorSessionState.LoggedIn)
        {
            return;
        }

        SendTexts(now);
        while (_waiting.First is { } task && _inFlight < Options.QueueDepth && Numbers.IsOpen && !_requests.IsFull && Choose() is { } connection)
        {
            if (task.IsLanding)
            {
                WakeAt(now + _landingPause);
                return;
            }

            _waiting.Remove(task);
            _requests.Add(task);
            _inFlight++;
            task.CmdSN = Numbers.Take(task, connection, now);
            SendCommand(task, connection, now);
        }
    }

    /// <summary>The connection with the least to do; none while the session is being logged out.</summary>
    private InitiatorConnection? Choose()
    {
        if (IsQuiet)
        {
            return null;
        }

        InitiatorConnection? best = null;
        foreach (InitiatorConnection connection in _connections)
        {
            if (connection.IsLoggedIn && (best is null || connection.TaskCount < best.TaskCount))
            {
                best = connection;
            }
        }

        return best;
    }

    private InitiatorTask? FindTask(uint tag) => _requests.Find(tag) as InitiatorTask;

    private static void Attach(InitiatorTask task, InitiatorConnection? connection)
    {
        if (task.Connection is { } old)
        {
            old.TaskCount--;
        }

        task.Connection = connection;
        if (connection is not null)
        {
            connection.TaskCount++;
        }
    }

    /// <summary>A task that has a tag is over.</summary>
    private void EndTask(InitiatorTask task, RequestEnd end, string why, bool mayHaveRun, IInitiatorEffects effects)
    {
        Unplug(task);
        Detach(task);
        Finish(task, end, why, mayHaveRun, effects);
    }

    /// <summary>Takes a task out of all books but leaves it alive.</summary>
    private void Detach(InitiatorTask task)
    {
        if (task.HeldStatSN is { } statSN && task.Connection is { } connection)
        {
            connection.Statuses.Release(statSN);
            task.HeldStatSN = null;
        }

        Attach(task, null);
        _requests.Remove(task);
        _inFlight--;
    }

    private static void EndUnsent(InitiatorTask task, RequestEnd end, string why, IInitiatorEffects effects) => Finish(task, end, why, task.WasSent, effects);

    private static void Finish(InitiatorTask task, RequestEnd end, string why, bool mayHaveRun, IInitiatorEffects effects)
    {
        task.Place = TaskPlace.Idle;
        task.End = end;
        task.Why = why;
        task.MayHaveRun = (mayHaveRun || task.RanBefore) && end != RequestEnd.Answered;
        effects.Ended(task);
    }

    /// <summary>Its number stays to be brought to the target, but no longer by this task: a ping will carry it (RFC 7143 §4.2.2.1).</summary>
    private void Unplug(InitiatorTask task)
    {
        if (!Numbers.IsAcknowledged(task.CmdSN) && ReferenceEquals(Numbers[task.CmdSN].Request, task))
        {
            Numbers[task.CmdSN].Request = null;
        }
    }

    private void Forget(InitiatorRequest request)
    {
        _requests.Remove(request);
        _sessionLogout = request == _sessionLogout ? null : _sessionLogout;
    }

    /// <summary>A request that is no task is over.</summary>
    private void EndRequest(InitiatorRequest request, RequestEnd end, string why, IInitiatorEffects effects)
    {
        Forget(request);
        request.Connection = null;
        request.End = end;
        request.Why = why;
        effects.Ended(request);
    }
}
