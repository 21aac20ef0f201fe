namespace Blockwire.Scsi.Tests;

/// <summary>Goal: whatever a target says can be read by a person. Method: examples, and every value there is.</summary>
public sealed class SenseTextTests
{
    [Fact]
    public void A_field_pointer_is_told() => Assert.Equal(
        "ILLEGAL REQUEST: INVALID FIELD IN CDB (byte 2, bit 5 of the CDB)", SenseText.Of(Sense.InvalidFieldInCdb(2, 5)));

    [Fact]
    public void A_field_of_the_parameter_list_is_told() => Assert.Equal(
        "ILLEGAL REQUEST: INVALID FIELD IN PARAMETER LIST (byte 8 of the parameter list)",
        SenseText.Of(new SenseData(SenseKey.IllegalRequest, 0x26, 0).WithFieldPointer(false, 8, null)));

    [Fact]
    public void Information_is_told() => Assert.Equal("MEDIUM ERROR: UNRECOVERED READ ERROR, information 77", SenseText.Of(Sense.UnrecoveredReadError(77)));

    [Fact]
    public void Progress_is_told() => Assert.Equal(
        "NOT READY: LOGICAL UNIT NOT READY, FORMAT IN PROGRESS (50% done)", SenseText.Of(new SenseData(SenseKey.NotReady, 4, 4).WithProgress(0x8000)));

    [Fact]
    public void The_segment_of_a_copy_is_told()
    {
        Assert.Equal(
            "COPY ABORTED: UNEXPECTED INEXACT SEGMENT (byte 10 of the segment), segment 3", SenseText.Of(Sense.InexactSegment(10) with { CommandSpecific = 3 }));
        Assert.EndsWith("(byte 16 of the parameter list)", SenseText.Of(Sense.CopyTargetNotReachable(16)), StringComparison.Ordinal);
        Assert.EndsWith(", command-specific information 9", SenseText.Of(Sense.WriteError(1) with { CommandSpecific = 9 }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_deferred_error_is_told() =>
        Assert.EndsWith(", of an earlier command", SenseText.Of(Sense.WriteError(1) with { Deferred = true }), StringComparison.Ordinal);

    [Fact]
    public void Statuses_stand_alone_or_with_sense_data()
    {
        Assert.Equal("RESERVATION CONFLICT", SenseText.Of(ScsiStatus.ReservationConflict, []));
        Assert.Equal("CHECK CONDITION", SenseText.Of(ScsiStatus.CheckCondition, []));
        Assert.Equal("CHECK CONDITION, 3 bytes of sense data in no known format", SenseText.Of(ScsiStatus.CheckCondition, [1, 2, 3]));
        byte[] sense = new byte[18];
        Sense.PowerOnOccurred.Write(sense, descriptorFormat: false);
        Assert.Equal("CHECK CONDITION, UNIT ATTENTION: POWER ON, RESET, OR BUS DEVICE RESET OCCURRED", SenseText.Of(ScsiStatus.CheckCondition, sense));
        Assert.Equal("status 77h", SenseText.Of((ScsiStatus)0x77));
    }

    [Theory]
    [InlineData(0x40, 0x85, "DIAGNOSTIC FAILURE ON COMPONENT 85h")]
    [InlineData(0x4D, 0x11, "TAGGED OVERLAPPED COMMANDS (task tag 11h)")]
    [InlineData(0x90, 0x01, "vendor specific 90h/01h")]
    [InlineData(0x04, 0x90, "vendor specific 04h/90h")]
    [InlineData(0x04, 0x7E, "additional sense 04h/7Eh")]
    public void Codes_without_a_row_have_words_too(byte code, byte qualifier, string text) => Assert.Equal(text, SenseText.OfCode(code, qualifier));

    [Fact]
    public void Rows_are_in_order_and_each_is_found()
    {
        ushort[] codes = [.. AdditionalSense.Codes];
        Assert.Equal(codes.Distinct().Order(), codes);
        Assert.All(codes, static code => Assert.NotNull(AdditionalSense.Find((byte)(code >> 8), (byte)code)));
    }

    [Fact]
    public void Everything_that_our_own_target_says_has_a_name()
    {
        IEnumerable<SenseData> ours = typeof(Sense).GetProperties().Select(static one => (SenseData)one.GetValue(null)!);
        Assert.All(ours, static sense => Assert.NotNull(AdditionalSense.Find(sense.Asc, sense.Ascq)));
    }

    [Fact]
    public void Every_key_and_code_has_words()
    {
        for (int value = 0; value <= ushort.MaxValue; value++)
        {
            Assert.NotEmpty(SenseText.Of(new SenseData((SenseKey)(value & 0xF), (byte)(value >> 8), (byte)value)));
        }
    }
}
