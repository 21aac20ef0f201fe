using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.InitiatorCore;

/// <summary>What a target may do, or does wrongly, and what the initiator then owes to it and to its callers.</summary>
public sealed class TargetsChoiceTests
{
    [Fact]
    [Rule("7143/7.2.1")]
    public void Commands_that_are_begun_anew_keep_their_order()
    {
        InitiatorRig rig = new(level: 1);
        FakeInitiatorTask[] writes = [rig.Write(), rig.Write(), rig.Write()];
        for (int i = 0; i < writes.Length; i++)
        {
            writes[i].Lun = (ulong)i; // shows in the header which one it is
        }

        rig.Lose(rig.C0);
        rig.Sent.Clear();
        rig.Pass(TimeSpan.FromSeconds(2));
        rig.LogIn();

        Assert.Equal([0UL, 1UL, 2UL], rig.SentOf(Opcode.ScsiCommand).Select(static it => new BhsView(it.Bhs).Lun));
    }
}
