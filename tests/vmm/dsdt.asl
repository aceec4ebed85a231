// SPDX-License-Identifier: GPL-2.0-only
// What a Hyper-V virtual machine's DSDT tells about the bus: a module device with the memory for
// devices' MMIO, and the VMBus below it. GENERATION is 1 or 2.
DefinitionBlock ("dsdt.aml", "DSDT", 2, "LISNG", "VMBUSVMM", 1)
{
    Name (\_S5, Package () { 5, 5, 0, 0 })

    Scope (\_SB)
    {
        Device (VMOD)
        {
            Name (_HID, "ACPI0004")
            Name (_UID, 0)
            Name (_CRS, ResourceTemplate ()
            {
                DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, NonCacheable, ReadWrite,
                    0, 0xF8000000, 0xFBFFFFFF, 0, 0x04000000)
                QWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, NonCacheable, ReadWrite,
                    0, 0xFE0000000, 0xFFFFFFFFF, 0, 0x20000000)
            })

            Device (VMBS)
            {
                Name (_HID, "MSFT1000")
                Name (_CID, "VMBUS")
                Name (_UID, 0)
                Name (_DDN, "VMBUS")
                Method (_STA) { Return (0x0F) }
                Name (_CRS, ResourceTemplate ()
                {
                    IRQ (Edge, ActiveHigh, Exclusive) { 5 }
                })
            }
        }

        Device (COM1)
        {
            Name (_HID, EisaId ("PNP0501"))
            Name (_UID, 1)
            Name (_CRS, ResourceTemplate ()
            {
                IO (Decode16, 0x03F8, 0x03F8, 0, 8)
                IRQNoFlags () { 4 }
            })
        }

        Device (COM2)
        {
            Name (_HID, EisaId ("PNP0501"))
            Name (_UID, 2)
            Name (_CRS, ResourceTemplate ()
            {
                IO (Decode16, 0x02F8, 0x02F8, 0, 8)
                IRQNoFlags () { 3 }
            })
        }

        Device (COM3)
        {
            Name (_HID, EisaId ("PNP0501"))
            Name (_UID, 3)
            Name (_CRS, ResourceTemplate ()
            {
                IO (Decode16, 0x03E8, 0x03E8, 0, 8)
                IRQNoFlags () { 6 }
            })
        }

        Device (COM4)
        {
            Name (_HID, EisaId ("PNP0501"))
            Name (_UID, 4)
            Name (_CRS, ResourceTemplate ()
            {
                IO (Decode16, 0x02E8, 0x02E8, 0, 8)
                IRQNoFlags () { 7 }
            })
        }

#if GENERATION == 1
        Device (RTC)
        {
            Name (_HID, EisaId ("PNP0B00"))
            Name (_CRS, ResourceTemplate ()
            {
                IO (Decode16, 0x0070, 0x0070, 0, 2)
                IRQNoFlags () { 8 }
            })
        }
#endif
    }
}
