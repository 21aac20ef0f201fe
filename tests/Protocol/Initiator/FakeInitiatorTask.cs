using Blockwire.Protocol.Initiator;

namespace Blockwire.Protocol.Tests.InitiatorCore;

/// <summary>A command whose end is counted.</summary>
internal sealed class FakeInitiatorTask : InitiatorTask
{
    /// <summary>How often it was given back.</summary>
    public int Released { get; private set; }

    protected override void OnReleased() => Released++;
}
