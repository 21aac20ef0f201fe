namespace Blockwire.Simulation.Tests;

/// <summary>One command at the disk: some of a write is done at one time, the rest at another, and the end is reported later still.</summary>
internal sealed class DiskWork(SimTarget target, SimSession session, SimTask task, Cdb cdb)
{
    private readonly Attempt _attempt = target.Disk.Find(cdb.Attempt);
    private readonly int _delivery = target.Disk.Find(cdb.Attempt).Deliveries;
    private byte[]? _read;
    private bool _over;
    private bool _cancelled;

    public void Begin(SimRandom random, DiskTempo tempo)
    {
        Timeline timeline = target.Timeline;
        TimeSpan length = random.Chance(tempo.SlowPercent) ? random.Milliseconds(100, tempo.MostSlowMilliseconds) : random.Milliseconds(0, tempo.MostMilliseconds);
        bool stubborn = random.Chance(tempo.StubbornPercent);
        Stubborn = stubborn;
        int middle = cdb.Blocks > 1 && random.Chance(30) ? random.Between(1, cdb.Blocks - 1) : cdb.Blocks;
        TimeSpan first = random.Between(TimeSpan.Zero, length);
        timeline.After(first, () => Touch(0, middle));
        if (middle < cdb.Blocks)
        {
            timeline.After(random.Between(first, length), () => Touch(middle, cdb.Blocks));
        }

        timeline.After(length, End);
    }

    public bool Stubborn { get; private set; }

    /// <summary>Everything at once.</summary>
    public void RunInline()
    {
        Touch(0, cdb.Blocks);
        SetResult();
        _over = true;
        task.Work = null;
    }

    /// <summary>Asks for an early end. A stubborn command goes on all the same.</summary>
    public void Cancel()
    {
        if (!Stubborn && !_cancelled)
        {
            _cancelled = true;
            target.Timeline.After(target.DiskRandom.Milliseconds(0, 20), End);
        }
    }

    private void Touch(int from, int to)
    {
        if (_over || _cancelled)
        {
            return;
        }

        BrokenRuleException.Unless(_delivery == _attempt.Deliveries, $"nothing is at work for a command when it is delivered again: {_attempt}");
        if (cdb.IsWrite)
        {
            target.Disk.Write(_attempt, task.DataOut.Span, from, to);
        }
        else if (_read is null)
        {
            _read = new byte[cdb.Bytes];
            target.Disk.Read(_attempt, _read);
        }
    }

    private void End()
    {
        if (_over)
        {
            return;
        }

        _over = true;
        task.Work = null;
        SetResult();
        session.Do((core, effects) => core.Complete(task, effects));
    }

    private void SetResult()
    {
        task.Status = 0;
        task.Sense = default;
        if (cdb.IsWrite || _read is null)
        {
            return;
        }

        if (cdb.IsLent)
        {
            task.DataIn = _read;
            return;
        }

        task.DataInOwner = target.Pool.Rent(_read.Length);
        _read.CopyTo(task.DataInOwner.Memory);
        task.DataIn = task.DataInOwner.Memory[.._read.Length];
    }
}
