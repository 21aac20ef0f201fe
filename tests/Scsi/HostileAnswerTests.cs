namespace Blockwire.Scsi.Tests;

/// <summary>
/// Goal: no answer makes a reader throw, read past its end or take long. Method: random bytes, half of them with plausible headers and lengths that lie, cut at every byte; a seed in the name.
/// </summary>
public sealed class HostileAnswerTests
{
    private static readonly byte[] Codes = [0x00, 0x80, 0x83, 0x86, 0xB0, 0xB1, 0xB2, 0x08, 0x0A, 0x4A, 0x70, 0x72, 0xE4, 0x02];

    [Fact]
    public void What_a_unit_calls_itself_does_not_act_on_a_terminal()
    {
        byte[] data = new byte[StandardInquiryData.Length];
        "\u001b[31mred"u8.CopyTo(data.AsSpan(8));

        Assert.Equal("?[31mred", StandardInquiryData.Parse(data)!.Vendor);
    }

    private static readonly (string Name, Action<byte[]> Read)[] Readers =
    [
        ("standard inquiry", static data => StandardInquiryData.Parse(data)),
        ("supported pages", static data => VitalPage.ParseSupported(data)),
        ("serial", static data => VitalPage.ParseSerial(data)),
        ("designators", static data => Designator.ParsePage(data)),
        ("extended inquiry", static data => ExtendedInquiryPage.Parse(data)),
        ("block limits", static data => BlockLimitsPage.Parse(data)),
        ("characteristics", static data => BlockDeviceCharacteristicsPage.Parse(data)),
        ("provisioning", static data => LogicalBlockProvisioningPage.Parse(data)),
        ("capacity 10", static data => CapacityData10.Parse(data)),
        ("capacity 16", static data => CapacityData16.Parse(data)),
        ("LUNs", static data => LunList.Parse(data, out _)),
        ("length of LUNs", static data => LunList.LengthOf(data)),
        ("mode 6", static data => Walk(ModeParameters.Parse6(data))),
        ("mode 10", static data => Walk(ModeParameters.Parse10(data))),
        ("caching", static data => CachingPage.Parse(data)),
        ("control", static data => ControlPage.Parse(data)),
        ("LBA status", static data => LbaStatusDescriptor.ParseAll(data)),
        ("keys", static data => ReservationKeys.Parse(data)),
        ("reservation", static data => CurrentReservation.Parse(data)),
        ("capabilities", static data => ReservationCapabilities.Parse(data)),
        ("registrants", static data => ReservationRegistrant.ParseAll(data)),
        ("transport ID", static data => TransportId.Read(data)),
        ("port groups", static data => TargetPortGroup.ParseAll(data)),
        ("length of port groups", static data => TargetPortGroup.LengthOf(data)),
        ("commands", static data => SupportedCommand.ParseAll(data)),
        ("command", static data => CommandSupport.Parse(data)),
        ("copy limits", static data => CopyLimits.Parse(data)),
        ("copy segment", static data => CopySegment.Read(data)),
        ("sense", static data => SenseText.Of(ScsiStatus.CheckCondition, data)),
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Readers_survive_any_bytes(int seed)
    {
        Random random = new(seed);
        for (int round = 0; round < 120; round++)
        {
            byte[] data = new byte[random.Next(160)];
            random.NextBytes(data);
            Lie(random, data);
            for (int length = 0; length <= data.Length; length++)
            {
                byte[] cut = data[..length];
                foreach ((string name, Action<byte[]> read) in Readers)
                {
                    Exception? thrown = Record.Exception(() => read(cut));
                    Assert.True(thrown is null, $"{name}: {Convert.ToHexString(cut)}: {thrown}");
                }
            }
        }
    }

    private static void Lie(Random random, byte[] data)
    {
        if (data.Length < 8 || random.Next(2) == 0)
        {
            return;
        }

        (data[0], data[1]) = (Codes[random.Next(Codes.Length)], Codes[random.Next(Codes.Length)]);
        for (int i = random.Next(4); i >= 0; i--)
        {
            data[random.Next(data.Length)] = (byte)(random.Next(3) - 1);
            data[random.Next(2, 8)] = (byte)(random.Next(3) - 1);
        }
    }

    private static void Walk(ModeParameters? modes)
    {
        foreach (ModePageBytes page in modes?.Pages ?? [])
        {
            CachingPage.Parse(page.Bytes.Span);
            ControlPage.Parse(page.Bytes.Span);
            modes!.Find(page.Code, page.Subpage);
        }
    }
}
