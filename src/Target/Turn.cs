using System.Buffers;
using Blockwire.Protocol.Session;
using Blockwire.Scsi;
using Blockwire.Scsi.Device;

namespace Blockwire.Target;

/// <summary>
/// What a session core asked for while its lock was held, carried out after the lock is left. A thread rents one, calls the core through it, and lets it run.
/// </summary>
/// <remarks>Commands that end at once are brought back to the core in one go, so that a wake-up with many small commands takes the lock twice in all.</remarks>
internal sealed class Turn : ITargetEffects
{
    [ThreadStatic]
    private static Turn? _spare;

    private readonly List<CommandTask> _execute = [];
    private readonly List<CommandTask> _completed = [];
    private readonly List<Action> _later = [];
    private ServedSession _session = null!;

    private Turn()
    {
    }

    public MemoryPool<byte> Pool => _session.Pool;

    public bool MemoryIsTight => _session.MemoryIsTight;

    /// <summary>Takes a turn for a session. Turns nest: a completion that arrives inside another turn gets its own.</summary>
    public static Turn Rent(ServedSession session)
    {
        Turn turn = _spare ?? new Turn();
        _spare = null;
        turn._session = session;
        return turn;
    }

    /// <summary>Carries out everything that was asked for, and what follows from it.</summary>
    public void RunAndReturn()
    {
        while (true)
        {
            if (_execute.Count > 0)
            {
                ExecuteAll();
            }
            else if (_later.Count > 0)
            {
                Action[] actions = [.. _later];
                _later.Clear();
                foreach (Action action in actions)
                {
                    action();
                }
            }
            else
            {
                break;
            }
        }

        _session = null!;
        _spare = this;
    }

    private void ExecuteAll()
    {
        ScsiTargetDevice device = _session.Node.Device;

        // The list may grow while it is walked only through the lock below.
        foreach (CommandTask task in _execute)
        {
            if (task.Run(device))
            {
                _completed.Add(task);
            }
        }

        _execute.Clear();
        if (_completed.Count == 0)
        {
            return;
        }

        lock (_session.Core.Gate)
        {
            foreach (CommandTask task in _completed)
            {
                _session.Finish(task, this);
            }
        }

        _completed.Clear();
    }

    public TargetTask NewTask() => _session.NewTask();

    public void Recycle(TargetTask task) => _session.Recycle((CommandTask)task);

    public TaskPlan Prepare(TargetTask task) => _session.Prepare((CommandTask)task);

    public void Execute(TargetTask task) => _execute.Add((CommandTask)task);

    public void Reread(TargetTask task)
    {
        ((CommandTask)task).PrepareAgain();
        Execute(task);
    }

    public void Cancel(TargetTask task)
    {
        CommandTask command = (CommandTask)task;
        command.CancellationRequested = true;
        _later.Add(command.Cancel);
    }

    public void Fail(TargetTask task, IscsiCondition condition)
    {
        CommandTask command = (CommandTask)task;
        command.Command.Check(ConditionSense.Of(condition));
        command.TakeResult();
    }

    public bool IsBlocked(TargetTask task) => ScsiTargetDevice.IsBlocked(((CommandTask)task).Command);

    public bool Ended(TargetTask task)
    {
        CommandTask command = (CommandTask)task;
        ServedSession session = _session;
        OtherTasks others = session.Node.Device.Ended(command.Command, (ScsiStatus)task.Status);
        task.TellsOfAllegiance = command.Command.TellsOfAllegiance;
        if (others == OtherTasks.EndOfAll)
        {
            ulong lun = task.Lun;
            _later.Add(() => session.Node.EndTasksBeside(session, lun));
        }

        return others != OtherTasks.GoOn;
    }

    public bool AnswersAborted(ulong lun) => _session.Node.Device.AnswersAborted(lun);

    public bool HasUnit(ulong lun) => _session.Node.Device.HasUnit(lun);

    public bool IsSameUnit(ulong lun, ulong other) => LunFormat.AreSame(lun, other);

    public int PendingEvent(ulong lun) => _session.Node.Device.QueryAsynchronousEvent(lun, _session.Nexus);

    public void TasksEndedByTransport(ulong lun) => _session.Node.Device.TasksEndedByTransport(lun, _session.Nexus);

    public void ReachOut(TaskManagementOperation operation)
    {
        ServedSession session = _session;
        _later.Add(() => session.Node.ReachOut(session, operation));
    }

    public void Finished(EndWait operation) => _later.Add(() => ServedSession.FinishOperation(operation));

    public void Close(TargetConnection connection, CloseKind kind, string why) =>
        _later.Add(() => ((ConnectionLoop)connection.Shell!).RequestClose(kind, why));

    public void CloseEverything(string why)
    {
        TargetNode node = _session.Node;
        _later.Add(() => node.CloseEverything(why));
    }

    public void SessionEnded(TargetSession session, string why)
    {
        ServedSession served = _session;
        _later.Add(() => served.OnEnded(why));
    }

    public void Note(TargetConnection connection, in Deviation deviation) => ((ConnectionLoop)connection.Shell!).Note(deviation);
}
