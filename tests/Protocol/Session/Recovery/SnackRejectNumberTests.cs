using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session.Recovery;

/// <summary>The Reject of a Data/R2T SNACK with Protocol Error says which number comes next (RFC 7143 §11.17.2).</summary>
public class SnackRejectNumberTests
{
    [Fact]
    [Rule("7143/11.17.2")]
    public void It_tells_the_next_DataSN_of_a_read()
    {
        SessionRig rig = RecoveryRig.Of(level: 1);
        uint read = rig.Command(new FakeCdb(Gives: 2300), 2300);
        rig.Take();
        rig.Snack(SnackType.DataOrR2T, read, begin: 9, run: 1);
        Assert.Equal((RejectReason.ProtocolError, 5u), (rig.Sent[0].Reject.Reason, rig.Sent[0].Reject.DataSN.Value));
    }

    [Fact]
    [Rule("7143/11.17.2")]
    public void It_tells_the_next_R2TSN_of_a_write()
    {
        SessionRig rig = RecoveryRig.Of(level: 1);
        uint write = rig.Command(new FakeCdb(Takes: 3000), 3000);
        rig.Take();
        rig.Snack(SnackType.DataOrR2T, write, begin: 9, run: 1);
        Assert.Equal((RejectReason.ProtocolError, 1u), (rig.Sent[0].Reject.Reason, rig.Sent[0].Reject.DataSN.Value));
    }
}
