namespace Blockwire.Scsi.Device.Tests;

/// <summary>
/// Goal: lengths that do not fit are met by each row of the table as SPC-4 §4.2.5 has it: an answer is cut at the allocation length, a list that ends too early is refused, and what was
/// not received is not written. Method: the good example of every row, with every shorter length.
/// </summary>
public sealed class EveryLengthTests
{
    public static TheoryData<string> WithAnswer => Of(LengthFields.HasAllocationLength);

    public static TheoryData<string> WithList => Of(LengthFields.HasListLength);

    public static TheoryData<string> WithData => Of(static row => row.Has(CommandFlags.DataOut));

    [Theory]
    [MemberData(nameof(WithAnswer))]
    public void An_allocation_length_cuts_the_answer(string name)
    {
        (CommandSpec row, byte[] cdb, byte[] data) = GoodExamples.Named(name);
        Rig rig = Prepared(row);
        byte[] whole = rig.Run(cdb, data).DataIn;
        int least = LeastAllocation(row);
        Assert.True(whole.Length >= least);
        for (int length = whole.Length; length >= 0; length--)
        {
            Outcome outcome = rig.Run(LengthFields.With(row, cdb, length), data);
            if (length < least)
            {
                Assert.True(outcome.Sense is { Key: SenseKey.IllegalRequest, Asc: 0x24 }, $"{length}: {outcome.Status} {outcome.Sense}");
                continue;
            }

            outcome.ShouldBeGood();
            Assert.Equal(whole[..length], outcome.DataIn);
        }
    }

    [Theory]
    [MemberData(nameof(WithList))]
    public void A_list_is_whole_or_refused(string name)
    {
        (CommandSpec row, byte[] cdb, byte[] data) = GoodExamples.Named(name);
        for (int length = 0; length < data.Length; length++)
        {
            ShouldBeGoodOrRefused(Prepared(row).Run(LengthFields.With(row, cdb, length), data[..length]), $"parameter list length {length}");
        }
    }

    [Theory]
    [MemberData(nameof(WithData))]
    public void Less_data_than_the_CDB_tells_of_changes_no_more_than_came(string name)
    {
        (CommandSpec row, byte[] cdb, byte[] data) = GoodExamples.Named(name);
        for (int length = 0; length < data.Length; length += length < 600 ? 1 : 511)
        {
            Rig rig = Prepared(row);
            rig.Disk.Bytes(0, 64).Fill(0xEE);
            ShouldBeGoodOrRefused(rig.Run(cdb, data[..length]), $"{length} bytes of data-out");
            if (row.Has(CommandFlags.WritesBlocks) && row.OperationCode is not (OperationCode.WriteSame10 or OperationCode.WriteSame16))
            {
                Assert.True(rig.Disk.Bytes(0, 64).ToArray().Count(static it => it != 0xEE) <= length, $"{length} bytes changed more");
            }
        }
    }

    // REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS wants room for four bytes (SPC-4 §6.36); REPORT LUNS should have sixteen, and is cut like others (SPC-4 §6.33).
    private static int LeastAllocation(CommandSpec row) =>
        (row.OperationCode, row.ServiceAction) is (OperationCode.MaintenanceIn, ServiceAction.ReportSupportedTaskManagementFunctions) ? 4 : 0;

    private static void ShouldBeGoodOrRefused(Outcome outcome, string what)
    {
        const int listLength = 0x1A, fieldInCdb = 0x24, fieldInList = 0x26;
        Assert.True(
            outcome.Status == ScsiStatus.Good || outcome.Sense is { Key: SenseKey.IllegalRequest, Asc: listLength or fieldInCdb or fieldInList } or { Key: SenseKey.Miscompare },
            $"{what}: {outcome.Status} {outcome.Sense}");
    }

    private static TheoryData<string> Of(Func<CommandSpec, bool> which) => [.. CommandTable.Thin.Rows.Where(which).Select(row => row.Name)];

    private static Rig Prepared(CommandSpec row)
    {
        Rig rig = new(state: new FakeStateStore());
        GoodExamples.Prepare(rig, row);
        return rig;
    }
}
