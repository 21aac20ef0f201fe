using Blockwire.Scsi.Device.Work;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>
/// Goal: while the whole medium is worked on, each row of the table is answered or refused as its flag says (SBC-3 §4.11.2, §5.2.1). Method: the good example of every row while a
/// SANITIZE is held up in its first piece.
/// </summary>
public sealed class EveryBusyTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static TheoryData<string> Names => [.. CommandTable.Thin.Rows.Select(row => row.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_sanitize_that_runs_lets_pass_what_is_flagged(string name)
    {
        (CommandSpec row, byte[] cdb, byte[] data) = GoodExamples.Named(name);
        using ManualResetEventSlim reached = new(), go = new();
        FakeDisk disk = new(blockCount: 4096);
        Rig rig = new(disk, state: new FakeStateStore());
        GoodExamples.Prepare(rig, row);
        disk.OnCall = bytes =>
        {
            if (bytes == MediumPass.PieceBytes)
            {
                reached.Set();
                go.Wait(Patience);
            }
        };
        rig.Run(Cdbs.Sanitize(ServiceAction.SanitizeBlockErase, flags: 0x80)).ShouldBeGood();
        Assert.True(reached.Wait(Patience), "the work does not begin");
        try
        {
            Outcome outcome = rig.Run(cdb, data);
            if (row.Has(CommandFlags.RunsDuringMediumWork) && !row.Has(CommandFlags.ChangesMedium) && row.OperationCode != OperationCode.Sanitize)
            {
                outcome.ShouldBeGood();
            }
            else
            {
                outcome.ShouldBe(Sense.SanitizeInProgress.WithProgress(0));
            }
        }
        finally
        {
            go.Set();
            Assert.True(SpinWait.SpinUntil(() => !rig.Unit.Work.IsRunning, Patience), "the work does not end");
        }
    }
}
