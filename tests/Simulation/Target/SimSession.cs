using Blockwire.Protocol.Login;
using Blockwire.Protocol.Session;
using Blockwire.Wire;
using LoginStatus = Blockwire.Wire.LoginStatus;

namespace Blockwire.Simulation.Tests;

/// <summary>A session core with what the shell of the server keeps around it: places of logins that were let in, idle tasks, unit attentions.</summary>
internal sealed class SimSession
{
    private readonly SimTarget _target;
    private readonly Dictionary<ushort, object> _seats = [];
    private readonly Stack<SimTask> _idle = new();
    private Serial32? _lastDelivered;

    public SimSession(SimTarget target, in LoginCandidate candidate, ushort tsih)
    {
        _target = target;
        Isid = candidate.Isid;
        Observer = new StateObserver(target);
        Core = new TargetSession(tsih, candidate.SessionType, candidate.Session, candidate.FirstCmdSN, target.Options) { Shell = this, Observer = Observer };
    }

    public TargetSession Core { get; }

    public StateObserver Observer { get; }

    public ulong Isid { get; }

    public List<SimTargetConnection> Connections { get; } = [];

    /// <summary>Logins have been let in and are not answered yet.</summary>
    public bool HasSeats => _seats.Count > 0;

    /// <summary>What must be over before a login into this session is answered.</summary>
    public List<DrainWait> Predecessors { get; } = [];

    /// <summary>Code and qualifier of the unit attention that the next command hears of, or 0.</summary>
    public int PendingAttention { get; set; }

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

    /// <summary>True when an earlier login had the place.</summary>
    public bool TakeSeat(ushort cid, object login)
    {
        bool taken = _seats.ContainsKey(cid);
        _seats[cid] = login;
        return taken;
    }

    public bool LeaveSeat(ushort cid, object login) => _seats.TryGetValue(cid, out object? holder) && holder == login && _seats.Remove(cid);

    public void GiveUpLogin(ushort cid, object login) => Do((core, effects) =>
    {
        if (LeaveSeat(cid, login))
        {
            core.FailJoin(cid, _target.Timeline.Now, effects);
        }

        if (_seats.Count == 0)
        {
            core.AbandonIfEmpty("its login was not answered", effects);
        }
    });

    public DrainWait Drain()
    {
        DrainWait wait = new();
        Do((core, effects) => core.AwaitEndedTasks(wait, effects));
        return wait;
    }

    /// <summary>Visits the core, carries out what it asked for and sends what it queued.</summary>
    public void Do(Action<TargetSession, SimEffects> action)
    {
        SimEffects effects = new(_target, this);
        action(Core, effects);
        effects.Run();
        Flush();
        _target.CheckBounds(this);
    }

    public void Flush()
    {
        foreach (SimTargetConnection connection in Connections.ToArray())
        {
            connection.Flush();
        }
    }

    public SimTask NewTask() => _idle.TryPop(out SimTask? task) ? task : new SimTask();

    public void Recycle(SimTask task)
    {
        BrokenRuleException.Unless(task.Work is null, "a task is not used again while the disk works for it");
        BrokenRuleException.Unless(!_idle.Contains(task), "a task object comes back once");
        _idle.Push(task);
    }

    /// <summary>The device server's word on a command: in command order, each once.</summary>
    public TaskPlan Prepare(SimTask task)
    {
        Cdb cdb = Cdb.Read(task.Cdb);
        Attempt attempt = _target.Disk.Find(cdb.Attempt);
        _target.Trace.Add($"target  delivers {attempt}, CmdSN {task.CmdSN}");
        attempt.Deliver();
        if (!task.Immediate)
        {
            BrokenRuleException.Unless(_lastDelivered is not { } last || task.CmdSN > last, $"commands are delivered in order (RFC 7143 §4.2.2.1): {task.CmdSN} after {_lastDelivered}");
            _lastDelivered = task.CmdSN;
        }

        if (PendingAttention != 0)
        {
            SenseBytes.Set(task, 6, PendingAttention);
            PendingAttention = 0;
            return new TaskPlan(false, 0, 0, false, false);
        }

        return new TaskPlan(true, cdb.IsWrite ? (uint)cdb.Bytes : 0, cdb.IsWrite || cdb.IsLent ? 0 : (uint)cdb.Bytes, cdb.IsInline, cdb.CanReread);
    }

    public void Start(SimTask task, SimEffects effects)
    {
        Cdb cdb = Cdb.Read(task.Cdb);
        task.Work = new DiskWork(_target, this, task, cdb);
        if (cdb.IsInline)
        {
            task.Work.RunInline();
            Core.Complete(task, effects);
        }
        else
        {
            task.Work.Begin(_target.DiskRandom, _target.Tempo);
        }
    }

    public void OnEnded(string why) => _target.Remove(this, why);
}
