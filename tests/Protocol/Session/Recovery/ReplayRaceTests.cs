using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session.Recovery;

/// <summary>Data is asked for again while it is still being read again, and its numbers change meanwhile (RFC 7143 §11.16.2, §11.16.3).</summary>
public class ReplayRaceTests
{
    private const uint Length = 2300;

    private readonly SessionRig _rig = RecoveryRig.Of(1, new TargetSessionOptions { WindowDepth = 16, RetransmissionBytes = 0 });
    private readonly uint _read;
    private readonly List<SentPdu> _first;

    public ReplayRaceTests()
    {
        _read = _rig.Command(new FakeCdb(Gives: Length), Length);
        _first = _rig.Take();
        _rig.AutoComplete = false;
    }

    [Fact]
    [Rule("7143/11.16.2")]
    public void A_DataACK_of_everything_while_the_data_is_read_again_leaves_nothing_to_send()
    {
        _rig.Snack(SnackType.DataOrR2T, _read, begin: 3, run: 2);
        DataIn asks = _first[1].DataIn;
        _rig.Snack(SnackType.DataAck, ttt: asks.TargetTransferTag, begin: 5, lun: asks.Lun);
        _rig.CompleteAll();
        Assert.Empty(_rig.Take());
        _rig.AssertNothingLeaksWhenAcknowledged();
    }

    [Fact]
    [Rule("7143/11.16.3")]
    public void A_Data_SNACK_behind_an_R_Data_SNACK_does_not_reach_beyond_the_data_that_was_cut_anew()
    {
        _rig.Declare(2048);
        _rig.Take();
        _rig.Snack(SnackType.RData, _read, ttt: 0xABCD);
        _rig.Snack(SnackType.DataOrR2T, _read, begin: 4, run: 1);
        _rig.CompleteAll();
        Assert.Equal(SessionRig.Bytes((int)Length, (int)_read), RecoveryRig.DataOf(_rig.Take()));
        _rig.AssertNothingLeaksWhenAcknowledged();
    }
}
