using System.Buffers;
using Blockwire.Protocol.Session;

namespace Blockwire.Simulation.Tests;

/// <summary>What a core asked for in one visit, carried out when the visit is over, as the shell of the server does it.</summary>
internal sealed class SimEffects(SimTarget target, SimSession session) : ITargetEffects
{
    private readonly List<SimTask> _execute = [];
    private readonly List<Action> _later = [];

    public MemoryPool<byte> Pool => target.Pool;

    public bool MemoryIsTight => target.MemoryIsTight;

    public void Run()
    {
        while (_execute.Count > 0 || _later.Count > 0)
        {
            SimTask[] execute = [.. _execute];
            Action[] later = execute.Length > 0 ? [] : [.. _later];
            _execute.Clear();
            foreach (SimTask task in execute)
            {
                session.Start(task, this);
            }

            if (later.Length > 0)
            {
                _later.Clear();
                foreach (Action action in later)
                {
                    action();
                }
            }
        }
    }

    public TargetTask NewTask() => session.NewTask();

    public void Recycle(TargetTask task) => session.Recycle((SimTask)task);

    public TaskPlan Prepare(TargetTask task) => session.Prepare((SimTask)task);

    public void Execute(TargetTask task) => _execute.Add((SimTask)task);

    public void Reread(TargetTask task) => Execute(task);

    public void Cancel(TargetTask task)
    {
        SimTask doomed = (SimTask)task;
        _later.Add(() => doomed.Work?.Cancel());
    }

    public void Fail(TargetTask task, IscsiCondition condition) => SenseBytes.Set(task, 0x0B, condition switch
    {
        IscsiCondition.UnexpectedUnsolicitedData => 0x0C0C,
        IscsiCondition.IncorrectAmountOfData => 0x0C0D,
        IscsiCondition.ProtocolServiceCrcError => 0x4705,
        _ => 0x1113,
    });

    public bool IsBlocked(TargetTask task) => false;

    public bool Ended(TargetTask task) => false;

    public bool AnswersAborted(ulong lun) => false;

    public bool HasUnit(ulong lun) => lun == 0;

    public bool IsSameUnit(ulong lun, ulong other) => lun == other;

    public int PendingEvent(ulong lun) => 0;

    public void TasksEndedByTransport(ulong lun) => session.PendingAttention = SenseBytes.TasksEndedByTransport;

    public void ReachOut(TaskManagementOperation operation) => _later.Add(() => target.ReachOut(session, operation));

    public void Finished(EndWait operation) => _later.Add(() => SimTarget.FinishOperation(operation));

    public void Close(TargetConnection connection, CloseKind kind, string why) => _later.Add(() => ((SimTargetConnection)connection.Shell!).RequestClose(kind, why));

    public void CloseEverything(string why) => _later.Add(() => target.CloseEverything(why));

    public void SessionEnded(TargetSession core, string why) => _later.Add(() => session.OnEnded(why));

    public void Note(TargetConnection connection, in Deviation deviation)
    {
        target.Census.Count($"deviation: {deviation.Action} {deviation.Rule}");
        if (deviation.Action == DeviationAction.DropSession)
        {
            session.Observer.EndsOtherwise = true;
            target.OnSessionDropped();
        }

        target.Trace.Add($"target  c{connection.Cid}: {deviation.Action} {deviation.Rule}");
        target.OnDeviation(connection, deviation);
    }
}
