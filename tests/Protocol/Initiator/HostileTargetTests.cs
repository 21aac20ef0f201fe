using Blockwire.Protocol.Initiator;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Initiator;

/// <summary>Goal: whatever a target sends, the initiator neither keeps nor sends without bound, and takes nothing for data that did not come. Method: the core alone.</summary>
public sealed class HostileTargetTests
{
    [Fact]
    public void A_read_whose_data_has_a_hole_in_the_middle_does_not_succeed()
    {
        CoreRig rig = new();
        CoreTask read = rig.Submit(new CoreTask { DataIn = new byte[4096] });

        rig.DataIn(read, 0, offset: 0, length: 512, last: false);
        rig.DataIn(read, 1, offset: 3584, length: 512, last: true);

        Assert.Equal(RequestEnd.Lost, read.End);
        Assert.Contains("13.18", read.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_read_that_ends_early_tells_how_much_came()
    {
        CoreRig rig = new();
        CoreTask read = rig.Submit(new CoreTask { DataIn = new byte[4096] });

        rig.DataIn(read, 0, offset: 0, length: 512, last: false);
        rig.DataIn(read, 1, offset: 512, length: 512, last: true);

        Assert.Equal((RequestEnd.Answered, 1024), (read.End, read.DataInBytes));
    }

    [Fact]
    public void Data_that_is_asked_for_again_and_again_and_never_taken_is_not_queued_without_end()
    {
        CoreRig rig = new();
        CoreTask write = rig.Submit(new CoreTask { DataOut = new byte[1 << 20] });

        for (uint i = 0; i < 100 && rig.Lost.Count == 0; i++)
        {
            rig.AskForData(write, i, 0, 1 << 20);
        }

        Assert.Contains("13.17", Assert.Single(rig.Lost), StringComparison.Ordinal);
        Assert.InRange(rig.Connection.OutgoingCount, 0, 512);
    }

    [Fact]
    public void Pings_of_a_target_that_takes_no_answers_do_not_pile_up()
    {
        CoreRig rig = new();

        for (int i = 0; i < 200_000; i++)
        {
            rig.Ping();
        }

        Assert.InRange(rig.Connection.OutgoingCount, 1, 1 << 16);
        Assert.Empty(rig.Lost);
    }

    [Fact]
    public void Numbers_that_are_never_acknowledged_come_to_an_end()
    {
        CoreRig rig = new();

        for (int i = 0; i < 100_000; i++)
        {
            CoreTask test = rig.Submit(new CoreTask());
            if (test.End != RequestEnd.None || rig.Session.InFlight == 0)
            {
                break;
            }

            rig.AnswerOnly(test);
            rig.Connection.TakeOutgoing(new PduBatch()).Recycle();
        }

        Assert.InRange(rig.Session.Numbers.Unacknowledged, 60_000, 1 << 16);
    }
}
