using Blockwire.Wire;

namespace Blockwire.Simulation.Tests;

/// <summary>
/// The initiator's half of RFC 7143, written for these tests: it knows nothing of the product but the codecs. It holds the target to every rule that it can see from its
/// end, and repeats what a fault has ended until it is done.
/// </summary>
internal sealed partial class ScriptedInitiator
{
    private const ulong Isid = 0x4000_0000_0001;

    private readonly World _world;
    private readonly SimRandom _random;
    private readonly List<ScriptedConnection> _connections = [];
    private readonly SortedDictionary<uint, ScriptedTask> _tasks = [];
    private readonly LinkedList<DiskOperation> _queue = new();
    private readonly List<Request> _unacknowledged = [];
    private readonly Dictionary<uint, string> _ended = [];
    private uint _nextItt = 1;
    private ulong _nextVersion = 1;
    private ushort _tsih;
    private int _waitingToRetry;
    private TimeSpan _nextLoginAt;
    private Serial32 _cmdSN;
    private Serial32 _expCmdSN;
    private Serial32 _maxCmdSN;

    public ScriptedInitiator(World world, ScriptedTerms terms)
    {
        _world = world;
        _random = world.Random.Fork(21);
        Terms = terms;
        _cmdSN = new Serial32(terms.FirstCmdSN);
    }

    public ScriptedTerms Terms { get; }

    public Trace Trace => _world.Trace;

    public TimeSpan Now => _world.Timeline.Now;

    /// <summary>The level that the session runs at.</summary>
    public int Level { get; private set; }

    /// <summary>New operations are wanted.</summary>
    public bool IsBusy { get; set; } = true;

    public IEnumerable<ScriptedConnection> Up => _connections.Where(static connection => connection.IsUp);

    public IReadOnlyList<ScriptedConnection> Connections => _connections;

    public Serial32 CmdSN => _cmdSN;

    public bool HasSession => _tsih != 0;

    /// <summary>Nothing is under way and nothing has to be settled.</summary>
    public bool IsQuiet => _tsih != 0 && _queue.Count + _waitingToRetry == 0 && _tasks.Count == 0 && _unacknowledged.Count == 0 && _functions.Count == 0 && _logouts.Count == 0 && _pings.Count == 0
        && _connections.Count > 0
        && _connections.TrueForAll(static connection => connection.State == ScriptedState.LoggedIn && connection.Missing.Count == 0);

    private string StateText => $"{_queue.Count} operations wait, {_tasks.Count} tasks, {_unacknowledged.Count} requests not acknowledged, {_functions.Count} functions, {_logouts.Count} logouts, {_pings.Count} pings, {_waitingToRetry} to be repeated, "
        + $"connections {string.Join(", ", _connections.Select(static connection => $"c{connection.Cid} {connection.State} {connection.Missing.Count} missing"))}; CmdSN {_cmdSN}, ExpCmdSN {_expCmdSN}, MaxCmdSN {_maxCmdSN}";

    public override string ToString() => StateText;

    /// <summary>StatSNs that a connection must not acknowledge, because the data before them is not complete (RFC 7143 §7.9).</summary>
    public IEnumerable<Serial32> StatusesWithoutData(ScriptedConnection connection)
    {
        foreach (ScriptedTask task in _tasks.Values)
        {
            if (task.Connection == connection && task.StatusStatSN is { } statSN)
            {
                yield return statSN;
            }
        }
    }

    private uint NewItt() => _nextItt++;

    private Serial32 TakeCmdSN() => _cmdSN++;

    // RFC 7143 §4.2.2.1: the larger of what came counts; a MaxCmdSN below ExpCmdSN - 1 is ignored.
    private void TakeNumbers(ScriptedConnection connection, in TargetNumbers numbers)
    {
        connection.CheckOrder(numbers);
        BrokenRuleException.Unless(numbers.ExpCmdSN <= _cmdSN, $"the target acknowledges only what was sent: ExpCmdSN {numbers.ExpCmdSN}, CmdSN {_cmdSN}");
        if (numbers.MaxCmdSN < numbers.ExpCmdSN - 1)
        {
            return;
        }

        BrokenRuleException.Unless(numbers.MaxCmdSN + 1 - numbers.ExpCmdSN <= (uint)_world.Target.Options.WindowDepth, "the window is not wider than the target can bear");
        _maxCmdSN = numbers.MaxCmdSN > _maxCmdSN ? numbers.MaxCmdSN : _maxCmdSN;
        Acknowledge(numbers.ExpCmdSN);
    }

    private void Acknowledge(Serial32 expCmdSN)
    {
        if (expCmdSN > _expCmdSN)
        {
            _expCmdSN = expCmdSN;
            _unacknowledged.RemoveAll(request => request.CmdSN < expCmdSN);
        }
    }

    /// <summary>Once each tenth of a second: everything that is a matter of time.</summary>
    public void Manage()
    {
        ManageConnections();
        ManageRecovery();
        ManageSnacks();
        ManageRequests();
        Issue();
    }

    public void Submit(bool isWrite, int firstBlock, int blocks)
    {
        _queue.AddLast(new DiskOperation(_nextVersion++, isWrite, firstBlock, blocks, Now));
        Issue();
    }

    public int Waiting => _queue.Count;

    private void Close(ScriptedConnection connection)
    {
        connection.State = ScriptedState.Free;
        connection.RecoveredBy = null;
        connection.Link.AbortByInitiator();
        _connections.Remove(connection);
        _pings.RemoveAll(ping => ping.Connection == connection);
        _logouts.RemoveAll(logout => logout.Carrier == connection && Abandon(logout));
        _functions.RemoveAll(function => function.Carrier == connection && Forget(function));
        foreach (ScriptedConnection other in _connections)
        {
            if (other.RecoveredBy == connection)
            {
                other.RecoveredBy = null;
            }
        }
    }

    /// <summary>The task is over for the initiator, and the disk must not work for it any more.</summary>
    private void End(ScriptedTask task, string why, Outcome outcome)
    {
        Trace.Add($"init    {task} is over: {why}");
        outcome = outcome == Outcome.Failed && task.EndWasChosen ? Outcome.Chosen : outcome;
        Ended(task);
        _tasks.Remove(task.Itt);
        _ended[task.Itt] = why;
        task.Epoch++;
        task.Attempt.End(why);
        _world.Census.Count($"task: {outcome}, {why}");
        if (outcome is Outcome.Chosen or Outcome.Failed)
        {
            _world.OnFailure(task, outcome, why);
            Retry(task.Operation, after: why.StartsWith("status", StringComparison.Ordinal) ? _random.Milliseconds(50, 300) : TimeSpan.Zero);
        }
    }

    private void Retry(DiskOperation operation, TimeSpan after)
    {
        if (after == TimeSpan.Zero)
        {
            _queue.AddFirst(operation);
            return;
        }

        _waitingToRetry++;
        _world.Timeline.After(after, () =>
        {
            _waitingToRetry--;
            _queue.AddFirst(operation);
        });
    }

    internal enum Outcome
    {
        /// <summary>It did what it should.</summary>
        Done,

        /// <summary>The caller wanted its end.</summary>
        GivenUp,

        /// <summary>The initiator ended it for a reason of its own, and it is repeated.</summary>
        Chosen,

        /// <summary>A fault ended it: an I/O error, unless it is repeated.</summary>
        Failed,
    }
}
