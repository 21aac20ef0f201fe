using Blockwire.Protocol.Session;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>A task whose device does what a test says.</summary>
internal sealed class FakeTask : TargetTask
{
    /// <summary>Lives that have ended.</summary>
    public int Released { get; private set; }

    /// <summary>The device was asked to stop.</summary>
    public bool Cancelled { get; set; }

    protected override void OnReleased() => Released++;
}
