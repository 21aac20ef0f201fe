using Blockwire.Protocol.Session;

namespace Blockwire.Simulation.Tests;

/// <summary>A task of the core with its work at the disk.</summary>
internal sealed class SimTask : TargetTask
{
    /// <summary>The disk has it; null otherwise.</summary>
    public DiskWork? Work { get; set; }

    protected override void OnReleased() =>
        BrokenRuleException.Unless(Work is null, "a task is not released while the disk works for it");
}
